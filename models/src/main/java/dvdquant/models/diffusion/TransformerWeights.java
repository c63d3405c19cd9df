package dvdquant.models.diffusion;

import dvdquant.core.Hint;
import dvdquant.core.checkpoint.LayerArithmetic;
import dvdquant.core.checkpoint.QuantizedFormat;
import dvdquant.core.checkpoint.TensorLayout;
import dvdquant.core.format.ElementType;
import dvdquant.models.diffusion.HeldTransformers.HeldLayers;
import dvdquant.models.pipeline.MemoryPlan.Need;
import dvdquant.tensor.DeviceMemory;

import java.util.Optional;

/**
 * The memory that a transformer's weights take, by how they are held.
 *
 * @param dtype to compute in
 * @param name of the weights, as {@code the transformer's weights}
 */
record TransformerWeights(ComponentFiles files, ElementType dtype, String name) {
    /** @param device whose memory it is; empty: the host's */
    Need need(HeldLayers layers, Optional<DeviceMemory> device) {
        return device.map(memory -> onDevice(packed(layers.arithmetic()), memory)).orElseGet(() -> onHost(layers));
    }

    private Need onHost(HeldLayers layers) {
        TensorLayout layout = files.layout();
        Optional<QuantizedFormat> format = files.format();
        long full = layout.elements() * dtype.sizeBytes() - files.packedAway(dtype);
        if (format.isEmpty() || layers.arithmetic() == LayerArithmetic.EMULATED) {
            boolean halves = dtype == ElementType.F32;
            String fewer = format.isEmpty() ? "a quantized model" : "layers that run as integers, not emulated,";
            return new Need(name + " as " + dtype, full,
                    halves ? "bf16 would halve it" : fewer + " would take half",
                    halves ? Optional.of(Hint.BF16) : Optional.empty(),
                    format.isEmpty() && files.mapped().equals(Optional.of(dtype)));
        }
        if (layers.isPacked()) {
            return new Need(name + ", packed", WeightBytes.of(layout, dtype, format).packed(),
                    "a machine with more memory");
        }
        if (layers.arithmetic() == LayerArithmetic.WEIGHTS_ONLY) {
            return new Need(name + " as " + dtype, full,
                    "packed ones would take less", Hint.PACKED_WEIGHTS);
        }
        long quantized = format.get().ofQuantizedActivations().elements(layout);
        return new Need(name + " as 8-bit integers", full - quantized * (dtype.sizeBytes() - 1),
                "packed ones would take half", Hint.PACKED_WEIGHTS);
    }

    private Need onDevice(Optional<QuantizedFormat> packed, DeviceMemory device) {
        var bytes = WeightBytes.of(files.layout(), dtype, packed);
        return device.residentWeights()
                ? new Need(name + (packed.isPresent() ? ", packed" : " as " + dtype),
                        bytes.resident(), "offloading would keep them in the host's memory", Hint.OFFLOAD)
                : new Need("a few layers of a transformer at a time", bytes.offloaded(),
                        MemoryPlanner.SMALLER_CLIP);
    }

    /** What the host must hold for a device that keeps weights there. */
    Need ofHost(LayerArithmetic arithmetic) {
        return new Need(name + " in the host's memory",
                WeightBytes.of(files.layout(), dtype, packed(arithmetic)).layers(),
                "without offloading they would be on the GPU", Hint.NO_OFFLOAD);
    }

    /** How layers rest on a device, if not as what their codes stand for. */
    private Optional<QuantizedFormat> packed(LayerArithmetic arithmetic) {
        return files.format().filter(_ -> arithmetic == LayerArithmetic.INTEGER)
                .map(QuantizedFormat::ofQuantizedActivations);
    }
}
