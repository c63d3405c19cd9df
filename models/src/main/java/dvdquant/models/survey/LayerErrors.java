package dvdquant.models.survey;

/**
 * The errors of one layer's weight [out, in].
 *
 * @param bytes that it takes quantized, its bias not counted
 */
public record LayerErrors(LayerName name, int out, int in, long bytes, MeasuredErrors errors) {
    public long weights() {
        return (long) out * in;
    }
}
