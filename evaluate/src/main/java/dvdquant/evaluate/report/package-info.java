/**
 * What a report of {@code compare}, {@code evaluate} and {@code demo} holds: records, start at
 * {@link dvdquant.evaluate.report.Report}, and how their numbers are written. {@code dvdquant.evaluate.report.page} writes it. Depends on
 * the JDK and on {@code core.image}.
 */
package dvdquant.evaluate.report;
