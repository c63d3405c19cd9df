/** From results to what a report shows: means, paired differences, tables. Depends on {@code dvdquant.evaluate} and {@code dvdquant.evaluate.report}. */
package dvdquant.evaluate.summary;
