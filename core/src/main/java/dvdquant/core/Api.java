package dvdquant.core;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * A package whose public types are for programs that use the libraries: between two versions of the same major number they change only so that
 * such a program still compiles. What is public in other packages is so for our own modules, and changes at any time.
 */
@Documented
@Retention(RetentionPolicy.CLASS)
@Target(ElementType.PACKAGE)
public @interface Api {
}
