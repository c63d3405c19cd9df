/** From pictures to what a diffusion transformer is conditioned on: CLIP's vision encoder. */
package dvdquant.models.vision;
