/** The commands {@code compare}, {@code evaluate} and {@code demo}: what a plan of {@code dvdquant.evaluate} is made of, and its report. */
package dvdquant.app.compare;
