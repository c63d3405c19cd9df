/** Configuration files. Depends on the JDK and Jackson. */
@Api
package dvdquant.core.json;

import dvdquant.core.Api;
