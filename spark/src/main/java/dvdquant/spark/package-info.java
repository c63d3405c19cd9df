/** The program on a Spark cluster: its commands are those of {@code dvdquant}, its work is that of {@code core} and {@code evaluate}. */
package dvdquant.spark;
