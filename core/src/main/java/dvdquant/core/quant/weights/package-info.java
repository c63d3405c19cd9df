/**
 * How weights are quantized: bits, groups, rounding, and the codes that come of it, packed as files hold them. Plain loops are the
 * definition; their twins on the Vector API give the same codes.
 */
@Api
package dvdquant.core.quant.weights;

import dvdquant.core.Api;
