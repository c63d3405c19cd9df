/** Files that are complete or not there at all, folders, digests. Depends on the JDK only. */
package dvdquant.core.io;
