package dvdquant.tensor.natives;

/**
 * JavaCPP's limit on the memory of the process: four times Java's heap, which says nothing of how much memory there is. Beyond it
 * JavaCPP collects garbage again and again, and throws. So, before it is loaded, the limit is lifted, unless the user has set one.
 */
final class NativeMemory {
    private static final String LIMIT = "org.bytedeco.javacpp.maxPhysicalBytes";

    private NativeMemory() {}

    static void liftLimit() {
        System.getProperties().putIfAbsent(LIMIT, "0");
    }
}
