/** HunyuanVideo text-to-video: its configuration, weights, forward pass and pipeline. Does not know other model families. */
package dvdquant.models.hunyuan;
