/**
 * Runs candidates on the same prompts and noise, and measures what they make: start at {@link dvdquant.evaluate.Evaluation}.
 * Depends on {@code models} and {@code video}; knows no command line.
 */
package dvdquant.evaluate;
