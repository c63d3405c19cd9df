/** Clips in memory. Depends on the JDK and on how errors are told. */
@Api
package dvdquant.core.video;

import dvdquant.core.Api;
