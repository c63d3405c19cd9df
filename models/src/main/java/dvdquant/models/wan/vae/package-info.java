/**
 * The video autoencoders of Wan 2.1 and 2.2: from pixels to latents and back, a few frames at a time. The way in is
 * {@link dvdquant.models.wan.vae.AutoencoderKLWan}.
 */
package dvdquant.models.wan.vae;
