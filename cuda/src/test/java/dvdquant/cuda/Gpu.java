package dvdquant.cuda;

import dvdquant.cuda.CudaSettings.AttentionMode;
import dvdquant.cuda.driver.GpuProperties;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.nio.file.Path;

/** Of tests that need a GPU: elsewhere they are skipped, and say so. */
@Tag("gpu")
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(Gpu.Condition.class)
public @interface Gpu {
    /** What tests choose. */
    final class Settings {
        private Settings() {}

        public static CudaSettings of(AttentionMode attention) {
            return new CudaSettings(attention, false,
                    Path.of(System.getProperty("java.io.tmpdir"), "dvdquant-kernels"));
        }
    }

    /** Looks for a GPU once. */
    final class Condition implements ExecutionCondition {
        private static final ConditionEvaluationResult RESULT = look();

        private static ConditionEvaluationResult look() {
            String reason;
            try {
                if (!GpuProperties.all().isEmpty()) return ConditionEvaluationResult.enabled("there is a GPU");
                reason = "the driver shows no GPU";
            } catch (RuntimeException e) {
                reason = String.valueOf(e.getMessage());
            }
            System.err.println("tests on a GPU are skipped: " + reason);
            return ConditionEvaluationResult.disabled(reason);
        }

        @Override
        public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
            return RESULT;
        }
    }
}
