/**
 * What a comparison has found so far, on disk: each clip in a folder of its own under {@code work}, named after all that it depends
 * on. A file is there whole or not at all; what cannot be read counts as not there. Depends on {@code models}, {@code core} and
 * {@link dvdquant.evaluate.plan}.
 */
package dvdquant.evaluate.store;
