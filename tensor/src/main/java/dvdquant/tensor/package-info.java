/** To be written. */
package dvdquant.tensor;
