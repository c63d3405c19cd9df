/** From prompts to token ids, as the tokenizers of the models' folders make them. */
package dvdquant.models.text.token;
