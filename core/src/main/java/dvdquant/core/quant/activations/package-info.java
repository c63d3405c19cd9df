/**
 * How activations are quantized while a model runs: which values share a scale, and what is clipped (ARQ of DVD-Quant, arXiv 2505.18663
 * §3.2, and others). Plain loops are the definition; their twins on the Vector API give the same codes.
 */
@Api
package dvdquant.core.quant.activations;

import dvdquant.core.Api;
