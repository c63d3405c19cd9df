/** TeaCache (arXiv 2411.19108): which forwards of a sampling are computed, and what stands for the blocks in the others. */
@Api
package dvdquant.models.diffusion.teacache;

import dvdquant.core.Api;
