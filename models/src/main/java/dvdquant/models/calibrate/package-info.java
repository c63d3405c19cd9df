/** Samples with a model in full precision, for methods that must have seen activations before they quantize. */
@Api
package dvdquant.models.calibrate;

import dvdquant.core.Api;
