/** From prompts to what a diffusion transformer is conditioned on: files of them, tokenizers and text encoders. */
package dvdquant.models.text;
