/** From prompts to what a diffusion transformer is conditioned on: tokenizers and text encoders. */
package dvdquant.models.text;
