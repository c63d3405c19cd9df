/** Bits of the activations over the denoising steps: δ-GBS of DVD-Quant §3.3, and fixed schedules. Pure Java. */
package dvdquant.models.diffusion.bits;
