/** What is in a checkpoint, without loading it: files, tensors, types, sizes, configuration. Depends on core only. */
package dvdquant.app.inspect;
