/** What commands write of themselves: progress, manifests, schemes in words. Depends on {@code models}. */
package dvdquant.app.text;
