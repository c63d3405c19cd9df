/**
 * Writes clips to video files and reads them back, with ffmpeg's libraries in this process. Start at {@link VideoTarget}, then
 * {@link VideoWriter} and {@link VideoReader}; nothing outside this package touches ffmpeg. Depends on {@code dvdquant.core}.
 */
package dvdquant.app.video;
