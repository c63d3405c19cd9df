/** The commands {@code generate} and {@code decode}: prompts, or latents, to clips. */
package dvdquant.app.generate;
