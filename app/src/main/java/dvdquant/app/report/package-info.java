/**
 * What a report of {@code compare}, {@code evaluate} and {@code demo} holds: records, start at
 * {@link dvdquant.app.report.Report}, and how their numbers are written. {@code dvdquant.app.report.page} writes it. Depends on the
 * JDK alone.
 */
package dvdquant.app.report;
