/**
 * Runs candidates on the same prompts and noise, and measures what they make: start at {@link dvdquant.app.evaluate.Evaluation}.
 * Depends on {@code models}, {@code dvdquant.app.video} and {@code dvdquant.app.machine}; knows no command line.
 */
package dvdquant.app.evaluate;
