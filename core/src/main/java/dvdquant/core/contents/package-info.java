/** What results depend on: what stands in files, wherever they lie and whenever they were written. */
package dvdquant.core.contents;
