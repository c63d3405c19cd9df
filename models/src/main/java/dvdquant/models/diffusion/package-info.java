/** What all model families share: the pipeline, the denoising loop, what is loaded when, and the memory that it takes. */
@Api
package dvdquant.models.diffusion;

import dvdquant.core.Api;
