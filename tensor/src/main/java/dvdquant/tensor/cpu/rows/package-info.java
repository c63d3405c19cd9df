/** Operations on the rows of a tensor, one pass each. */
package dvdquant.tensor.cpu.rows;
