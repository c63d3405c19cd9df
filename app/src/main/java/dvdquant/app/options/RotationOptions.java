package dvdquant.app.options;

import dvdquant.core.InputException;
import dvdquant.core.quant.rotation.Rotation;
import picocli.CommandLine.Option;

/** How the channels that layers read are rotated. */
public final class RotationOptions {
    @Option(names = "--rotation", paramLabel = "none|full|B", description = "Hadamard rotation: none, over the whole row, or in blocks of B columns (dvd-quant: 128).")
    private String rotation;

    @Option(names = "--rotation-seed", paramLabel = "N", defaultValue = "0", description = "Seed of the rotation's signs (default: 0).")
    private int seed;

    /**
     * @param ofMethod what it is without the flag; its seed is the flag's in any case
     * @throws InputException if the flag is no rotation
     */
    public Rotation or(Rotation ofMethod) {
        if (rotation == null) {
            return switch (ofMethod) {
                case Rotation.None none -> none;
                case Rotation.Full _ -> new Rotation.Full(seed);
                case Rotation.Blocks(int block, long _) -> new Rotation.Blocks(block, seed);
            };
        }
        return switch (rotation) {
            case "none" -> new Rotation.None();
            case "full" -> new Rotation.Full(seed);
            default -> {
                int block = GridOptions.number("--rotation", rotation, rotation, "none, full or a power of two");
                if (Integer.bitCount(block) != 1) {
                    throw new InputException("--rotation " + rotation + ", expected none, full or a power of two");
                }
                yield new Rotation.Blocks(block, seed);
            }
        };
    }
}
