package dvdquant.app.options;

import dvdquant.core.InputException;
import dvdquant.core.format.ElementType;
import dvdquant.models.Pipelines;
import dvdquant.models.nn.FiniteGuard;
import dvdquant.models.pipeline.ClipDecoder;
import dvdquant.models.pipeline.LoadOptions;
import dvdquant.models.pipeline.VideoPipeline;
import dvdquant.models.prompts.TextEncoding;
import dvdquant.tensor.ComputeDevice;
import dvdquant.tensor.Residence;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.nio.file.Path;

/** Which model, and how to run it. */
public final class ModelOptions {
    /** What {@code --dtype} takes. */
    public enum Dtype {
        F32(ElementType.F32),
        BF16(ElementType.BF16);

        public final ElementType type;

        Dtype(ElementType type) {
            this.type = type;
        }
    }

    @Parameters(index = "0", paramLabel = "MODEL", description = "A model folder in the diffusers layout.")
    private Path folder;

    @Option(names = "--dtype", paramLabel = "f32|bf16", description = "Compute type (default: f32 up to a billion weights, else bf16; where the processor has no products of bf16, f32 if it fits three quarters of the memory). The VAE always computes in f32; on a GPU cuDNN rounds what its convolutions multiply to TF32, as in PyTorch.")
    private Dtype dtype;

    @Option(names = "--resident", paramLabel = "4|8", description = "On a CPU: how the weights of quantized layers rest in memory: packed as in the file (4), or as 8-bit integers, without quantized activations in the compute type (8); which is faster depends on the processor (default: the faster, if it fits).")
    private Integer resident;

    @Mixin
    private ThreadOptions threads;

    @Mixin
    private DeviceOptions device;

    public Path folder() {
        return folder;
    }

    /** What decodes latents: no other part of the model need be there. */
    public ClipDecoder openDecoder(ComputeDevice on) {
        if (resident != null)
            throw new InputException("--resident " + resident + ": decoding reads no transformer, expected without it");
        return Pipelines.openDecoder(folder, loadOptions(on));
    }

    /** Opens the device to run on, for the caller to close after what is opened on it. */
    public ComputeDevice openDevice() {
        requireResident();
        return device.open(threads.count());
    }

    /**
     * @param guard whether to stop at the first layer with a NaN or Inf
     * @param text how prompts are encoded
     */
    public VideoPipeline open(ComputeDevice on, boolean guard, TextEncoding text) {
        LoadOptions options = loadOptions(on).with(text);
        VideoPipeline pipeline = Pipelines.open(folder, guard ? options.withObserver(new FiniteGuard()) : options);
        if (resident == null || pipeline.quantization().isPresent()) return pipeline;
        pipeline.close();
        throw new InputException(
                "--resident " + resident + ": " + folder + " is not quantized, expected a quantized model with it");
    }

    public LoadOptions loadOptions(ComputeDevice on) {
        LoadOptions options = LoadOptions.defaults().withDevice(on);
        if (dtype != null) options = options.withDtype(dtype.type);
        return resident == null ? options : options.withResidence(residence());
    }

    private void requireResident() {
        if (resident == null) return;
        residence();
        if (!device.isCpu())
            throw new InputException(
                    "--resident " + resident + ": a GPU keeps packed weights, expected --device cpu with it");
    }

    private Residence residence() {
        return switch (resident) {
            case 4 -> Residence.PACKED;
            case 8 -> Residence.EXPANDED;
            default -> throw new InputException("--resident " + resident + ": expected 4 or 8");
        };
    }
}
