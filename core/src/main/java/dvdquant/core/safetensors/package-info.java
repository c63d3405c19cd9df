/**
 * Reads and writes safetensors files, mapped, streamed and sharded; what is read is never trusted. Depends on {@code core}, {@code
 * core.format}, {@code core.io} and Jackson.
 */
@Api
package dvdquant.core.safetensors;

import dvdquant.core.Api;
