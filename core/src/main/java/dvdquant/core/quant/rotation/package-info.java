/** Rotations of columns that spread outliers: in blocks of a power of two, or over a whole row. */
@Api
package dvdquant.core.quant.rotation;

import dvdquant.core.Api;
