/** Wan2.1 and Wan2.2: their configurations, weights, forward pass and pipeline. Does not know other model families. */
package dvdquant.models.wan;
