/** Clips in memory. Depends on the JDK and on how errors are told. */
package dvdquant.core.video;
