/** What is in a checkpoint, without loading it: files, tensors, types, sizes, configuration, how it is quantized. */
package dvdquant.app.inspect;
