/** How far results are from what they should be. Depends on the JDK only. */
package dvdquant.core.metrics;
