/**
 * Writes clips to video files with ffmpeg's libraries in this process. Start at {@link VideoTarget}, then {@link VideoWriter};
 * nothing outside this module touches ffmpeg. Depends on {@code dvdquant.core}.
 */
@Api
package dvdquant.video;

import dvdquant.core.Api;
