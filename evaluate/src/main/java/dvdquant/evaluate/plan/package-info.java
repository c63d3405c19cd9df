/** What a comparison will run, before it runs: samples, candidates, and what makes two runs the same. Depends on {@code models}. */
package dvdquant.evaluate.plan;
