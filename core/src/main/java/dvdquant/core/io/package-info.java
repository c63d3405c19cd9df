/** Files that are complete or not there at all. Depends on the JDK only. */
package dvdquant.core.io;
