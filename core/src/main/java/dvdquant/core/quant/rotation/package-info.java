/** Rotations of columns that spread outliers: in blocks of a power of two, or over a whole row. */
package dvdquant.core.quant.rotation;
