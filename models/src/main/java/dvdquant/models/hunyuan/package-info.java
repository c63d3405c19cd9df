/** HunyuanVideo. */
package dvdquant.models.hunyuan;
