/** How far results are from what they should be: numbers, clips, sets of clips. Depends on the JDK and on clips in memory. */
package dvdquant.core.metrics;
