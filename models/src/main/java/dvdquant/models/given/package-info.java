/**
 * What a user gives of a clip: prompts and files of them, pictures and their files, the size. Start at
 * {@link dvdquant.models.given.GivenPrompt}. Depends on {@link dvdquant.models.pipeline}, and decodes no files of pictures itself.
 */
package dvdquant.models.given;
