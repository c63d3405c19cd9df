/** Encoded prompts, kept in files. */
package dvdquant.models.diffusion.prompts;
