/** How prompts are encoded, and where what was made of them is kept. */
@Api
package dvdquant.models.prompts;

import dvdquant.core.Api;
