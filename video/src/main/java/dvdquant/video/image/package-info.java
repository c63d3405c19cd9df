/**
 * Pictures from PNG, JPEG and WebP files, pixel for pixel as Pillow reads them. Start at {@link dvdquant.video.image.ImageFile}. PNG and
 * WebP are ffmpeg's to decode; JPEG is the JDK's, whose libjpeg is Pillow's too. Depends on {@code dvdquant.core}.
 */
@Api
package dvdquant.video.image;

import dvdquant.core.Api;
