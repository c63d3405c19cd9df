// Keeps the GPU busy for some microseconds and does nothing else: what is queued behind it is all there when it begins, so that a
// measurement sees the GPU's time and not the host's.

#include "device.cuh"

LAUNCH_SHAPE(pause, 1, 1, 0);

__device__ __forceinline__ u64 nanoseconds() {
    u64 now;
    asm volatile("mov.u64 %0, %%globaltimer;" : "=l"(now));
    return now;
}

extern "C" __global__ void pause(int microseconds) {
    const u64 end = nanoseconds() + u64(microseconds) * 1000;
    while (nanoseconds() < end) {
    }
}
