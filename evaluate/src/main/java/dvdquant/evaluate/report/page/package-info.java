/**
 * Writes a {@link dvdquant.evaluate.report.Report} as a page, tables and data; start at
 * {@link dvdquant.evaluate.report.page.ReportWriter}. Styles and scripts are resource files beside this package, put into the page
 * when it is written. Depends on {@code dvdquant.core}; the page of
 * activations on {@code dvdquant.models.survey} too.
 */
package dvdquant.evaluate.report.page;
