/** The command {@code inspect}: what is in a checkpoint, without loading it; the errors of its weights; what its layers read. */
package dvdquant.app.inspect;
