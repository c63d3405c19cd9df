/** Whole forwards of a transformer. */
package dvdquant.measure.step;
