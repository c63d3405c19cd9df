package dvdquant.models.text;

/** Told after each layer of a text encoder; may throw to cancel. */
@FunctionalInterface
public interface LayerListener {
    void afterLayer(int layer, int layers);
}
