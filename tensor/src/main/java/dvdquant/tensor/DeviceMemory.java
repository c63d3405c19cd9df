package dvdquant.tensor;

/**
 * The memory of a device that has its own, as a plan needs it; how much there is, its {@link MemoryLedger} says.
 *
 * @param baseBytes what the device's libraries take once they run
 * @param residentWeights whether the weights of layers rest there, quantized ones packed as in the checkpoint; else a few layers at a
 *        time are there
 */
public record DeviceMemory(long baseBytes, boolean residentWeights) {}
