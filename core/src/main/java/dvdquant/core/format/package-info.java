/** Element types and shapes, conversions between number formats, packing of codes. Depends on the JDK only. */
@Api
package dvdquant.core.format;

import dvdquant.core.Api;
