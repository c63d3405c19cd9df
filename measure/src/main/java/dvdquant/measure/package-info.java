/**
 * How fast this machine computes: a block and whole forwards on random weights of real shapes, beside libtorch's, and when such
 * figures mean something. Knows no command line. May use models, cuda, tensor and core.
 */
package dvdquant.measure;
