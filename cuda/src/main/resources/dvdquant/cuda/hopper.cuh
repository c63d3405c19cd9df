// Hopper's own machinery (sm_90a): barriers in shared memory that count bytes, the tensor copy engine, matrix products of a
// warpgroup. All shared-memory addresses are 32-bit (sharedAddress() of device.cuh).
#pragma once
#include "device.cuh"

// A tensor map as the driver encodes it (cuTensorMapEncodeTiled); a kernel takes it as `const __grid_constant__ TensorMap`.
struct alignas(64) TensorMap {
    u64 opaque[16];
};

// ---- barriers ----------------------------------------------------------------------------------------------------------------

__device__ __forceinline__ void barrierInit(u32 barrier, u32 arrivals) {
    asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(barrier), "r"(arrivals) : "memory");
}

// After the inits and before the block's synchronisation: the copy engine must see them too.
__device__ __forceinline__ void barrierInitFence() {
    asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory");
    asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
}

__device__ __forceinline__ void barrierArrive(u32 barrier) {
    asm volatile("mbarrier.arrive.shared::cta.b64 _, [%0];" ::"r"(barrier) : "memory");
}

// One arrival, and so many bytes that the copy engine will still deliver in this phase.
__device__ __forceinline__ void barrierArriveExpect(u32 barrier, u32 bytes) {
    asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(barrier), "r"(bytes) : "memory");
}

// Whether the phase of that parity is over. It may sleep for a while before it says no.
__device__ __forceinline__ bool barrierTry(u32 barrier, u32 parity) {
    u32 done;
    asm volatile(
        "{\n"
        ".reg .pred over;\n"
        "mbarrier.try_wait.parity.shared::cta.b64 over, [%1], %2;\n"
        "selp.u32 %0, 1, 0, over;\n"
        "}"
        : "=r"(done)
        : "r"(barrier), "r"(parity)
        : "memory");
    return done != 0;
}

// Waits for the end of the phase of that parity. A barrier begins in phase 0; waiting for parity 1 then returns at once.
__device__ __forceinline__ void barrierWait(u32 barrier, u32 parity) {
    while (!barrierTry(barrier, parity)) {
    }
}

// Hardware barrier `id` (1 … 15; 0 is __syncthreads) among so many threads, a multiple of 32.
__device__ __forceinline__ void namedSync(u32 id, u32 threads) {
    asm volatile("barrier.cta.sync %0, %1;" ::"r"(id), "r"(threads) : "memory");
}

__device__ __forceinline__ void namedArrive(u32 id, u32 threads) {
    asm volatile("barrier.cta.arrive %0, %1;" ::"r"(id), "r"(threads) : "memory");
}

// ---- warps ------------------------------------------------------------------------------------------------------------------

// True in one lane of a warp that is converged here.
__device__ __forceinline__ bool electOne() {
    u32 elected;
    asm volatile(
        "{\n"
        ".reg .pred chosen;\n"
        "elect.sync _|chosen, 0xffffffff;\n"
        "selp.u32 %0, 1, 0, chosen;\n"
        "}"
        : "=r"(elected));
    return elected != 0;
}

template <int Count>
__device__ __forceinline__ void registersIncrease() {
    asm volatile("setmaxnreg.inc.sync.aligned.u32 %0;" ::"n"(Count));
}

template <int Count>
__device__ __forceinline__ void registersDecrease() {
    asm volatile("setmaxnreg.dec.sync.aligned.u32 %0;" ::"n"(Count));
}

// ---- the tensor copy engine -------------------------------------------------------------------------------------------------

// One thread starts the copy of a box; x counts elements of the innermost dimension. The bytes arrive at `barrier`; what lies
// outside the tensor arrives as zeros, and its bytes are counted as well.
__device__ __forceinline__ void tmaLoad2(u32 to, const TensorMap& map, u32 barrier, s32 x, s32 y) {
    asm volatile("cp.async.bulk.tensor.2d.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1, {%3, %4}], [%2];" ::"r"(
                     to),
                 "l"(&map), "r"(barrier), "r"(x), "r"(y)
                 : "memory");
}

__device__ __forceinline__ void tmaLoad3(u32 to, const TensorMap& map, u32 barrier, s32 x, s32 y, s32 z) {
    asm volatile(
        "cp.async.bulk.tensor.3d.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1, {%3, %4, %5}], [%2];" ::"r"(to),
        "l"(&map), "r"(barrier), "r"(x), "r"(y), "r"(z)
        : "memory");
}

// One thread starts the copy of so many contiguous bytes, a multiple of 16; both addresses too.
__device__ __forceinline__ void bulkLoad(u32 to, const void* from, u32 bytes, u32 barrier) {
    asm volatile("cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1], %2, [%3];" ::"r"(to), "l"(from),
                 "r"(bytes), "r"(barrier)
                 : "memory");
}

// One thread starts the copy of a box from shared memory; elements outside the tensor are not written.
__device__ __forceinline__ void tmaStore2(const TensorMap& map, u32 from, s32 x, s32 y) {
    asm volatile("cp.async.bulk.tensor.2d.global.shared::cta.bulk_group [%0, {%2, %3}], [%1];" ::"l"(&map), "r"(from), "r"(x),
                 "r"(y)
                 : "memory");
}

__device__ __forceinline__ void tmaStoreCommit() {
    asm volatile("cp.async.bulk.commit_group;" ::: "memory");
}

// Waits until all but `Pending` of this thread's stores have read their shared memory, which may then be overwritten.
template <int Pending>
__device__ __forceinline__ void tmaStoreWaitRead() {
    asm volatile("cp.async.bulk.wait_group.read %0;" ::"n"(Pending) : "memory");
}

// Waits until all but `Pending` of this thread's stores are complete, that is, visible in global memory.
template <int Pending>
__device__ __forceinline__ void tmaStoreWait() {
    asm volatile("cp.async.bulk.wait_group %0;" ::"n"(Pending) : "memory");
}

// Between ordinary writes to shared memory and their reading by the copy engine or the tensor cores: in each writing thread,
// before the barrier.
__device__ __forceinline__ void fenceProxyAsync() {
    asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
}

// ---- matrix products of a warpgroup -----------------------------------------------------------------------------------------

__device__ __forceinline__ void wgmmaFence() {
    asm volatile("wgmma.fence.sync.aligned;" ::: "memory");
}

__device__ __forceinline__ void wgmmaCommit() {
    asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory");
}

// Waits until at most `Pending` committed groups are still under way.
template <int Pending>
__device__ __forceinline__ void wgmmaWait() {
    asm volatile("wgmma.wait_group.sync.aligned %0;" ::"n"(Pending) : "memory");
}

// Describes a K-major tile in shared memory whose rows are 128 (64) bytes long and lie swizzled, as the copy engine writes them;
// 8 rows are 1024 (512) bytes and begin at a multiple of that. A step along K inside a row adds its bytes / 16.
__device__ __forceinline__ u64 descriptor128(u32 address) {
    return u64((address & 0x3ffff) >> 4) | u64(1) << 16 | u64(1024 >> 4) << 32 | u64(1) << 62;
}

__device__ __forceinline__ u64 descriptor64(u32 address) {
    return u64((address & 0x3ffff) >> 4) | u64(1) << 16 | u64(512 >> 4) << 32 | u64(2) << 62;
}

// The byte at which 16-byte chunk `chunk` of row `row` lies in a tile of 64-byte rows swizzled like that.
__device__ __forceinline__ u32 swizzled64(u32 row, u32 chunk) {
    return row * 64 + ((chunk ^ ((row >> 1) & 3)) << 4);
}

// Four 8×8 matrices of 16-bit elements from fragment order to shared memory. Lane l gives the address of row l % 8 of
// matrix l / 8.
__device__ __forceinline__ void storeMatrix4(u32 address, u32 a, u32 b, u32 c, u32 d) {
    asm volatile("stmatrix.sync.aligned.m8n8.x4.shared.b16 [%0], {%1, %2, %3, %4};" ::"r"(address), "r"(a), "r"(b), "r"(c),
                 "r"(d)
                 : "memory");
}
