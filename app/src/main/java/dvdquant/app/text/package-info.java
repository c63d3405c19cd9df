/** What commands write of themselves: progress, tables, manifests. Depends on {@code models}. */
package dvdquant.app.text;
