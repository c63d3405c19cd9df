package dvdquant.models.diffusion;

import dvdquant.core.checkpoint.LayerArithmetic;
import dvdquant.core.checkpoint.QuantizedFormat;
import dvdquant.core.checkpoint.TensorLayout;
import dvdquant.core.format.ElementType;
import dvdquant.models.pipeline.MemoryPlan.Need;
import dvdquant.tensor.DeviceMemory;

import java.util.Optional;

/**
 * The memory that a transformer's weights take, by how they are held.
 *
 * @param dtype to compute in
 */
record TransformerWeights(ComponentFiles files, ElementType dtype) {
    /** @param device whose memory it is; empty: the host's */
    Need need(HeldLayers layers, Optional<DeviceMemory> device) {
        return device.map(memory -> onDevice(packed(layers.arithmetic()), memory)).orElseGet(() -> onHost(layers));
    }

    private Need onHost(HeldLayers layers) {
        TensorLayout layout = files.layout();
        Optional<QuantizedFormat> format = files.format();
        long full = layout.elements() * dtype.sizeBytes();
        if (format.isEmpty() || layers.arithmetic() == LayerArithmetic.EMULATED) {
            String fewer = format.isEmpty() ? "a quantized model" : "layers that run as integers, not emulated,";
            return new Need("the transformer's weights as " + dtype, full,
                    dtype == ElementType.F32 ? "bf16 (--dtype bf16) would halve it" : fewer + " would take half",
                    format.isEmpty() && files.stored() == dtype);
        }
        if (layers.isPacked()) {
            return new Need("the transformer's weights, packed", WeightBytes.of(layout, dtype, format).packed(),
                    "a machine with more memory");
        }
        if (layers.arithmetic() == LayerArithmetic.WEIGHTS_ONLY) {
            return new Need("the transformer's weights as " + dtype, full,
                    "packed ones (--resident 4) would take less");
        }
        long quantized = format.get().ofQuantizedActivations().elements(layout);
        return new Need("the transformer's weights as 8-bit integers", full - quantized * (dtype.sizeBytes() - 1),
                "packed ones (--resident 4) would take half");
    }

    private Need onDevice(Optional<QuantizedFormat> packed, DeviceMemory device) {
        var bytes = WeightBytes.of(files.layout(), dtype, packed);
        return device.residentWeights()
                ? new Need("the transformer's weights" + (packed.isPresent() ? ", packed" : " as " + dtype),
                        bytes.resident(), "offloading (--offload) would keep them in the host's memory")
                : new Need("a few layers of the transformer at a time", bytes.offloaded(),
                        MemoryPlanner.SMALLER_CLIP);
    }

    /** What the host must hold for a device that keeps weights there. */
    Need ofHost(LayerArithmetic arithmetic) {
        return new Need("the transformer's weights in the host's memory",
                WeightBytes.of(files.layout(), dtype, packed(arithmetic)).layers(),
                "without offloading (--offload) they would be on the GPU");
    }

    /** How layers rest on a device, if not as what their codes stand for. */
    private Optional<QuantizedFormat> packed(LayerArithmetic arithmetic) {
        return files.format().filter(_ -> arithmetic == LayerArithmetic.INTEGER)
                .map(QuantizedFormat::ofQuantizedActivations);
    }
}
