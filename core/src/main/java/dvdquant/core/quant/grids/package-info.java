/**
 * Finds the grids that rows of weights are rounded to: BGR of DVD-Quant (arXiv 2505.18663 §3.1), without data and without native code.
 * {@link dvdquant.core.quant.grids.RowQuantizer} is the way in. Plain loops are the definition; their twins on the Vector API give the
 * same codes.
 */
package dvdquant.core.quant.grids;
