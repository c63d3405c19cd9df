package dvdquant.video.image;

import dvdquant.core.image.ImageSize;

import javax.imageio.IIOException;
import javax.imageio.ImageReader;
import javax.imageio.spi.IIORegistry;
import javax.imageio.spi.ImageReaderSpi;
import javax.imageio.stream.MemoryCacheImageInputStream;

import java.awt.image.DataBufferByte;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * The JDK's libjpeg. It is asked for a picture's components as they are: what it makes colors of is not always what the file means (it
 * inverts CMYK, brightens gray and follows profiles).
 */
final class JpegDecoder {
    /** Bytes that belong to nothing, between one scan and the next: other readers skip them without a word. */
    private static final String HARMLESS = "extraneous bytes";

    private JpegDecoder() {}

    /**
     * The components of all pixels side by side, chroma at full size.
     *
     * @throws IOException if the picture is cut off or damaged: libjpeg would fill in the rest, and warn
     */
    static byte[] components(byte[] file, ImageSize size, int components) throws IOException {
        ImageReader reader = reader();
        try (var in = new MemoryCacheImageInputStream(new ByteArrayInputStream(file))) {
            List<String> warnings = new ArrayList<>();
            reader.addIIOReadWarningListener((_, warning) -> warnings.add(warning));
            reader.setInput(in, true, true);
            Raster raster = reader.readRaster(0, null);
            for (String warning : warnings) {
                if (!warning.contains(HARMLESS)) throw new IOException("it is cut off or damaged (" + warning + ")");
            }
            byte[] values = ((DataBufferByte) raster.getDataBuffer()).getData();
            if (values.length != size.area() * components) {
                throw new IOException("it holds " + raster.getWidth() + "×" + raster.getHeight() + " pixels of "
                        + raster.getNumBands() + " colors, its header says " + size + " of " + components);
            }
            return values;
        } catch (IIOException e) {
            throw new IOException("it is damaged, or of a kind that is not known (" + e.getMessage() + ")", e);
        } finally {
            reader.dispose();
        }
    }

    /** The JDK's own, whatever else is on the class path. */
    private static ImageReader reader() throws IOException {
        var readers = IIORegistry.getDefaultInstance().getServiceProviders(ImageReaderSpi.class, true);
        while (readers.hasNext()) {
            ImageReaderSpi reader = readers.next();
            boolean jpeg = List.of(reader.getFormatNames()).contains("jpeg");
            if (jpeg && "java.desktop".equals(reader.getClass().getModule().getName()))
                return reader.createReaderInstance();
        }
        throw new IOException("this Java has no JPEG reader (its module java.desktop)");
    }
}
