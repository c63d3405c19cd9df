/**
 * The video autoencoder of HunyuanVideo: from pixels to latents and back, a few frames at a time. The way in is
 * {@link dvdquant.models.hunyuan.vae.AutoencoderKLHunyuanVideo}.
 */
package dvdquant.models.hunyuan.vae;
