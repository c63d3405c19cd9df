/**
 * What all modules share and that needs no native library: number formats, files, metrics. Depends on the JDK and Jackson only.
 */
@Api
package dvdquant.core;
