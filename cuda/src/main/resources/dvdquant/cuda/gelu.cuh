// GELU by its tanh approximation, of one value. Used by quantize.cu and rows.cu.
#pragma once

#include "device.cuh"

// ½ x (1 + tanh u) = x / (1 + e⁻²ᵘ) with u = √(2/π) (x + 0.044715 x³). The exponential is taken to base 2 and both it and the
// reciprocal by one instruction each (relative errors 2⁻²² and 2⁻²³): 5·10⁻⁷ of the result for positive x, up to 3·10⁻⁶ for negative
// x, where the exponent's rounding adds to it. (tanh.approx would be one instruction less, with 5·10⁻⁴ of |x|.)
__device__ __forceinline__ float gelu(float x) {
    constexpr float scale = 2.302208198f;  // 2 √(2/π) / ln 2
    constexpr float cubic = 0.044715f;
    const float v = maximumOrNan(x, -10.0f);  // below, GELU is 0 to the last digit, and the exponential would overflow
    const float exponent = __fmul_rn(v, __fmaf_rn(__fmul_rn(v, v), -scale * cubic, -scale));
    return __fmul_rn(v, reciprocalFast(exp2Fast(exponent) + 1.0f));
}
