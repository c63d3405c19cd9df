package dvdquant.core.quant.activations;

/** Quantized activations as an integer product takes them. */
final class ProductForm {
    private ProductForm() {}

    /** code · m, or the code; always int8. Its unit is {@link #scale}. */
    static byte[] codes(QuantizedActivations activations) {
        byte[] product = activations.codes().clone();
        byte[] multipliers = activations.multipliers();
        if (multipliers.length == 0) return product;
        int block = product.length / multipliers.length;
        for (int i = 0; i < product.length; i++) {
            product[i] = (byte) (product[i] * multipliers[i / block]);
        }
        return product;
    }

    /** The unit of {@link #codes} of a token. */
    static float scale(QuantizedActivations activations, int token) {
        if (activations.granularity() instanceof ActivationScales.PerTensor) return activations.scales()[0];
        float scale = activations.scales()[token];
        return activations.multipliers().length == 0 ? scale : scale / ActivationScales.PerTokenBlockInteger.WHOLE;
    }
}
