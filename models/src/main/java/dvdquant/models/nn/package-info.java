/** Layers that several models share. */
@Api
package dvdquant.models.nn;

import dvdquant.core.Api;
