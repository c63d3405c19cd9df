/** Element types and shapes, and conversions between number formats. Depends on the JDK only. */
package dvdquant.core.format;
