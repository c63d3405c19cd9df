package dvdquant.models.encoder;

/** Told after each layer of an encoder; may throw to cancel. */
@FunctionalInterface
public interface LayerListener {
    void afterLayer(int layer, int layers);
}
