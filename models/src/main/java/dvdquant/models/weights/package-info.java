/** From a checkpoint's files to tensors: what a model needs, and how it is loaded. */
@Api
package dvdquant.models.weights;

import dvdquant.core.Api;
