/**
 * Pictures in memory, and what a model makes of them: resampling as the reference does it, crops, normalized values. Start at
 * {@link dvdquant.core.image.RgbImage}. Depends on the JDK, on configurations and on how errors are told.
 */
@Api
package dvdquant.core.image;

import dvdquant.core.Api;
