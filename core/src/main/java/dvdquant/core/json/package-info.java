/** Configuration files. Depends on the JDK and Jackson. */
package dvdquant.core.json;
