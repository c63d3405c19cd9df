/** What tests of native code share, in this module's test-jar. */
package dvdquant.tensor.testing;
