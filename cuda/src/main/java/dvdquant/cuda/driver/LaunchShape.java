package dvdquant.cuda.driver;

/**
 * How a kernel wants to be launched: {@code LAUNCH_SHAPE} in its source.
 *
 * @param threads of a block
 * @param resident blocks that should fit a multiprocessor together
 * @param sharedBytes of dynamic shared memory that a block takes
 */
public record LaunchShape(int threads, int resident, int sharedBytes) {}
