/** Attention by blocks of queries and stretches of keys. */
package dvdquant.tensor.cpu.attention;
