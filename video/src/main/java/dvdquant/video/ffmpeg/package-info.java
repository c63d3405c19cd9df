/** Who owns ffmpeg's objects, and how its errors are told; for this module alone. Depends on ffmpeg. */
package dvdquant.video.ffmpeg;
