/** From results to what a report shows: means, paired differences, tables. Depends on {@code dvdquant.app.evaluate} and {@code dvdquant.app.report}. */
package dvdquant.app.evaluate.summary;
