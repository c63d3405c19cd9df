/**
 * Writes a {@link dvdquant.app.report.Report} as a page, tables and data; start at
 * {@link dvdquant.app.report.page.ReportWriter}. Styles and scripts are resource files beside this package, put into the page
 * when it is written. Depends on {@code dvdquant.core}.
 */
package dvdquant.app.report.page;
