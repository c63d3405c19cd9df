/** What pictures, which a clip begins or ends with, come to for a transformer. */
@Api
package dvdquant.models.diffusion.images;

import dvdquant.core.Api;
