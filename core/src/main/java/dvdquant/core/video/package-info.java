/** Clips in memory. Depends on the JDK only. */
package dvdquant.core.video;
