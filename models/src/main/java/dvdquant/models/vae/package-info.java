/** What the video autoencoders of all model families share: tiles and how they are joined, pixels, tensors that are held from chunk to chunk. */
@Api
package dvdquant.models.vae;

import dvdquant.core.Api;
