/** Element types and shapes, conversions between number formats, packing of codes. Depends on the JDK only. */
package dvdquant.core.format;
