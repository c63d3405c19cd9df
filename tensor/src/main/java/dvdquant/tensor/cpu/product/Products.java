package dvdquant.tensor.cpu.product;

import org.bytedeco.dnnl.engine;

import java.util.LinkedHashMap;

/** Compiled products, used by one thread at a time, by what they compute; the least recently used go when there are many. */
public final class Products implements AutoCloseable {
    /** A model has a few dozen shapes; each clip size or prompt length adds as many. */
    private static final int MOST = 512;

    private final engine engine;
    private final LinkedHashMap<Matmul.Spec, Matmul> compiled = new LinkedHashMap<>(MOST, 0.75f, true);

    public Products(engine engine) {
        this.engine = engine;
    }

    public Matmul get(Matmul.Spec spec) {
        Matmul product = compiled.get(spec);
        if (product != null) return product;
        if (compiled.size() == MOST) compiled.pollFirstEntry().getValue().close();
        product = new Matmul(engine, spec);
        compiled.put(spec, product);
        return product;
    }

    @Override
    public void close() {
        compiled.values().forEach(Matmul::close);
        compiled.clear();
    }
}
