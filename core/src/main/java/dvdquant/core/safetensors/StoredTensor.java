package dvdquant.core.safetensors;

import dvdquant.core.format.ElementType;
import dvdquant.core.format.Shape;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/**
 * A tensor as it lies in a file: mapped, not copied.
 *
 * @param name as in the file
 * @param type of the elements, little-endian
 * @param shape outermost axis first; elements are in row-major order without gaps
 * @param data read-only, {@code shape.elements() · type.sizeBytes()} bytes, at any alignment; valid until its file is closed
 * @param file where it was read from
 */
public record StoredTensor(String name, ElementType type, Shape shape, MemorySegment data, Path file) {}
