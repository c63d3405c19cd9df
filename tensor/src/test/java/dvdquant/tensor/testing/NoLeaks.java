package dvdquant.tensor.testing;

import org.junit.jupiter.api.extension.ExtendWith;

import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Fails a test that leaves native objects behind: as many pointers of JavaCPP must live after it as did before. On a class, for each
 * of its tests (from before {@code @BeforeEach} to after {@code @AfterEach}) and for the class (from before {@code @BeforeAll} to
 * after {@code @AfterAll}).
 *
 * <p>The garbage collector is not asked: a tensor that only it would free is a leak, since it sees 8 bytes of a gigabyte. So every
 * tensor of a test needs a scope, and whatever a test fills lazily (kernels compile products) is closed by the test itself, in
 * {@code @AfterEach} or by try-with-resources, not by {@code @AutoClose}, which closes too late.
 */
@Inherited
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(LeakCheck.class)
public @interface NoLeaks {
}
