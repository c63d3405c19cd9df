package dvdquant.tensor;

import dvdquant.core.format.ElementType;
import dvdquant.tensor.natives.TensorException;
import dvdquant.tensor.testing.NoLeaks;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

@NoLeaks
class TensorScopeTest {
    private static Tensor number(float value) {
        return Tensor.ofFloats(new float[]{value}, 1);
    }

    private static boolean isFreed(Tensor tensor) {
        return tensor.toString().equals("freed tensor");
    }

    private static <T> Future<T> inAnotherThread(Callable<T> task) {
        try (var threads = Executors.newSingleThreadExecutor()) {
            return threads.submit(task);
        }
    }

    @Test
    void freesWhatWasMadeInIt() {
        try (var _ = TensorScope.open()) {
            Tensor outer = number(1);
            Tensor inner;
            try (var _ = TensorScope.open()) {
                inner = number(2);
                assertThat(outer.add(inner).toFloats()).containsExactly(3);
            }
            assertThat(isFreed(inner)).isTrue();
            assertThatThrownBy(inner::toFloats).isInstanceOf(NullPointerException.class);
            assertThat(outer.toFloats()).containsExactly(1);
        }
    }

    @Test
    void keepsATensorInTheEnclosingScope() {
        Tensor kept;
        try (var _ = TensorScope.open()) {
            try (var scope = TensorScope.open()) {
                kept = scope.keep(number(1).add(number(2)));
            }
            assertThat(kept.toFloats()).containsExactly(3);
        }
        assertThat(isFreed(kept)).isTrue();
    }

    @Test
    void keepsAcrossSeveralScopes() {
        try (var _ = TensorScope.open()) {
            Tensor kept;
            try (var middle = TensorScope.open()) {
                try (var inner = TensorScope.open()) {
                    kept = inner.keep(number(4));
                }
                middle.keep(kept);
                middle.keep(kept); // twice does no harm
            }
            assertThat(kept.toFloats()).containsExactly(4);
        }
    }

    @Test
    void keepingAViewKeepsItsMemory() {
        try (var _ = TensorScope.open()) {
            Tensor view;
            try (var scope = TensorScope.open()) {
                view = scope.keep(Tensor.ofFloats(new float[]{1, 2, 3, 4}, 4).narrow(0, 1, 2));
            }
            assertThat(view.toFloats()).containsExactly(2, 3);
        }
    }

    @Test
    void refusesToKeepWithoutAnEnclosingScope() {
        try (var scope = TensorScope.open()) {
            Tensor tensor = number(1);
            assertThatIllegalStateException().isThrownBy(() -> scope.keep(tensor)).withMessageContaining("enclosing");
        }
    }

    @Test
    void freesAllWhenAnExceptionLeavesIt() {
        long before = Pointer.totalCount();
        assertThatThrownBy(() -> {
            try (var _ = TensorScope.open()) {
                number(1).matmul(Tensor.zeros(ElementType.F32, 2, 2));
            }
        }).isInstanceOf(TensorException.class);
        assertThat(Pointer.totalCount()).isEqualTo(before);
    }

    @Test
    void refusesToCloseOutOfOrder() {
        try (var outer = TensorScope.open()) {
            try (var _ = TensorScope.open()) {
                assertThatIllegalStateException().isThrownBy(outer::close).withMessageContaining("out of order");
                assertThatIllegalStateException().isThrownBy(outer::seal).withMessageContaining("out of order");
            }
        }
    }

    @Test
    void refusesOtherThreads() {
        try (var _ = TensorScope.open(); var scope = TensorScope.open()) {
            Tensor tensor = number(1);
            for (Callable<?> use : List.<Callable<?>>of(() -> closed(scope), scope::seal, () -> scope.keep(tensor))) {
                assertThat(inAnotherThread(use).exceptionNow()).isInstanceOf(WrongThreadException.class)
                        .hasMessageContaining(Thread.currentThread().getName());
            }
            assertThat(isFreed(tensor)).isFalse();
        }
    }

    private static Object closed(AutoCloseable scope) throws Exception {
        scope.close();
        return scope;
    }

    @Test
    void closesOnce() {
        Tensor inOuter;
        try (var _ = TensorScope.open()) {
            var scope = TensorScope.open();
            number(1);
            scope.close();
            inOuter = number(2);
            scope.close();
            assertThat(isFreed(inOuter)).isFalse();
            assertThatIllegalStateException().isThrownBy(scope::seal).withMessage("scope is closed");
        }
    }

    @Test
    void sealsWhatOutlivesIt() {
        Tensor weight;
        TensorScope.Sealed owner;
        try (var scope = TensorScope.open()) {
            weight = number(5);
            owner = scope.seal();
            try (var _ = TensorScope.open()) {
                assertThat(weight.add(1).toFloats()).containsExactly(6); // the end of the block is a close of both
            }
        }
        assertThat(weight.toFloats()).containsExactly(5);
        assertThatCode(() -> inAnotherThread(() -> closed(owner)).get()).doesNotThrowAnyException();
        assertThat(isFreed(weight)).isTrue();
        owner.close();
    }

    @Test
    void takesNothingAfterItIsSealed() {
        try (var _ = TensorScope.open()) {
            var scope = TensorScope.open();
            Tensor weight = number(1);
            try (var _ = scope.seal()) {
                Tensor later = number(2);
                try (var _ = TensorScope.open()) {
                    scope.close(); // a no-op, whatever scope is open
                }
                assertThat(isFreed(weight)).isFalse();
                assertThat(isFreed(later)).isFalse();
            }
            assertThat(isFreed(weight)).isTrue();
        }
    }

    @Test
    void ownsWhatIsMadeInAScopeOfItsOwn() {
        Owned<Tensor> owned = Owned.of(() -> number(5).add(1));
        assertThat(owned.value().toFloats()).containsExactly(6);
        owned.close();
        assertThat(isFreed(owned.value())).isTrue();
        var made = new ArrayList<Tensor>();
        assertThatIllegalStateException().isThrownBy(() -> Owned.of(() -> {
            made.add(number(5));
            throw new IllegalStateException("while it is made");
        }));
        assertThat(made).allMatch(TensorScopeTest::isFreed);
    }

    @Test
    void foldFreesIntermediateValues() {
        var values = Collections.synchronizedList(new ArrayList<Tensor>());
        try (var _ = TensorScope.open()) {
            Tensor initial = number(1);
            long before = Pointer.totalCount();
            Tensor result = TensorScope.fold(initial, List.of(2, 3, 4), (x, factor) -> {
                assertThat(values.stream().filter(v -> !isFreed(v)).count()).isLessThanOrEqualTo(1);
                Tensor y = x.multiply(factor).add(0);
                values.add(y);
                return y;
            });
            assertThat(result.toFloats()).containsExactly(24);
            assertThat(values).filteredOn(v -> !isFreed(v)).containsExactly(result);
            assertThat(initial.toFloats()).containsExactly(1);
            assertThat(Pointer.totalCount()).isEqualTo(before + 1);
        }
        assertThat(values).allMatch(TensorScopeTest::isFreed);
    }

    @Test
    void foldMayReturnWhatItWasGiven() {
        try (var _ = TensorScope.open()) {
            Tensor initial = number(1);
            assertThat(TensorScope.fold(initial, List.<Integer>of(), (x, _) -> x)).isSameAs(initial);
            assertThat(TensorScope.fold(initial, List.of(1, 2), (x, _) -> x)).isSameAs(initial);
            assertThat(TensorScope.fold(initial, List.of(1, 2), (x, step) -> step == 1 ? x.add(1) : initial))
                    .isSameAs(initial);
            assertThat(initial.toFloats()).containsExactly(1);
        }
    }

    @Test
    void foldFreesAllWhenAStepFails() {
        assertThatThrownBy(() -> {
            try (var _ = TensorScope.open()) {
                TensorScope.fold(number(1), List.of(1, 0), (x, divisor) -> x.multiply(6 / divisor));
            }
        }).isInstanceOf(ArithmeticException.class);
    }

    @Test
    void foldNeedsAScope() {
        try (var scope = TensorScope.open()) {
            Tensor initial = number(1);
            TensorScope.Sealed owner = scope.seal();
            assertThatIllegalStateException()
                    .isThrownBy(() -> TensorScope.fold(initial, List.of(1), (x, _) -> x.add(1)));
            owner.close();
        }
    }
}
