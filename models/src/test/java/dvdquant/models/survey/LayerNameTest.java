package dvdquant.models.survey;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

class LayerNameTest {
    @ParameterizedTest
    @CsvSource({"blocks.3.attn1.to_q, attn1.to_q, 3", "transformer_blocks.0.ff.net.2, ff.net.2, 0",
            "single_transformer_blocks.12.proj_mlp, single_proj_mlp, 12", "single_blocks.1.out, single_out, 1",
            "layers.7.mlp.up_proj, mlp.up_proj, 7", "proj_out, proj_out, -1",
            "condition_embedder.time_embedder.linear_1, condition_embedder.time_embedder.linear_1, -1"})
    void theKindSaysOfWhatKindTheBlockIs(String name, String kind, int block) {
        assertThat(LayerName.of(name)).isEqualTo(new LayerName(name, kind, block));
    }
}
