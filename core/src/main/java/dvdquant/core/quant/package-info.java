/**
 * The method of DVD-Quant (arXiv 2505.18663), without data and without native code: rotation, grids for weights, scales for
 * activations. Plain loops are the definition; their twins on the Vector API give the same codes. Depends on
 * {@code dvdquant.core.format}, the JDK and {@code jdk.incubator.vector}.
 */
package dvdquant.core.quant;
