package dvdquant.app;

import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;

import java.util.Random;
import java.util.stream.Stream;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

/** What docs/architecture.md says of who may know whom, checked. */
@AnalyzeClasses(packages = "dvdquant", importOptions = {DoNotIncludeTests.class, ArchitectureTest.NoTestJars.class})
class ArchitectureTest {
    /** The modules' test kits are on the class path too. */
    static final class NoTestJars implements com.tngtech.archunit.core.importer.ImportOption {
        @Override
        public boolean includes(com.tngtech.archunit.core.importer.Location location) {
            return !location.contains("-tests.jar") && !location.contains("test-classes");
        }
    }

    @ArchTest
    static final ArchRule CORE_KNOWS_ONLY_THE_JDK_AND_JACKSON = classes().that().resideInAPackage("dvdquant.core..")
            .should()
            .onlyDependOnClassesThat().resideInAnyPackage("dvdquant.core..", "java..", "com.sun.management..",
                    "jdk.incubator.vector..",
                    "tools.jackson..", "com.fasterxml.jackson.annotation..");

    @ArchTest
    static final ArchRule TENSOR_KNOWS_CORE = noClasses().that().resideInAPackage("dvdquant.tensor..").should()
            .dependOnClassesThat().resideInAnyPackage("dvdquant.models..", "dvdquant.video..", "dvdquant.evaluate..",
                    "dvdquant.measure..",
                    "dvdquant.app..", "dvdquant.cuda..");

    @ArchTest
    static final ArchRule CUDA_KNOWS_TENSOR_AND_CORE = noClasses().that().resideInAPackage("dvdquant.cuda..").should()
            .dependOnClassesThat().resideInAnyPackage("dvdquant.models..", "dvdquant.video..", "dvdquant.evaluate..",
                    "dvdquant.measure..",
                    "dvdquant.app..", "dvdquant.tensor.cpu..");

    @ArchTest
    static final ArchRule CUDA_STAYS_IN_ITS_MODULE = noClasses().that().resideOutsideOfPackage("dvdquant.cuda..")
            .should()
            .dependOnClassesThat().resideInAPackage("org.bytedeco.cuda..");

    @ArchTest
    static final ArchRule MODELS_KNOW_TENSOR_AND_CORE = noClasses().that().resideInAPackage("dvdquant.models..")
            .should()
            .dependOnClassesThat().resideInAnyPackage("dvdquant.video..", "dvdquant.evaluate..", "dvdquant.measure..",
                    "dvdquant.app..",
                    "dvdquant.cuda..");

    @ArchTest
    static final ArchRule VIDEO_KNOWS_CORE = noClasses().that().resideInAPackage("dvdquant.video..").should()
            .dependOnClassesThat().resideInAnyPackage("dvdquant.tensor..", "dvdquant.models..", "dvdquant.evaluate..",
                    "dvdquant.measure..",
                    "dvdquant.app..", "dvdquant.cuda..");

    @ArchTest
    static final ArchRule EVALUATE_KNOWS_NO_COMMAND_LINE = noClasses().that().resideInAPackage("dvdquant.evaluate..")
            .should().dependOnClassesThat().resideInAnyPackage("dvdquant.app..", "dvdquant.measure..",
                    "dvdquant.cuda..", "picocli..",
                    "me.tongfei..", "ch.qos..");

    @ArchTest
    static final ArchRule MEASURE_KNOWS_NO_COMMAND_LINE = noClasses().that().resideInAPackage("dvdquant.measure..")
            .should().dependOnClassesThat().resideInAnyPackage("dvdquant.app..", "dvdquant.evaluate..",
                    "dvdquant.video..", "picocli..", "me.tongfei..", "ch.qos..");

    @ArchTest
    static final ArchRule LIBTORCH_AND_ONEDNN_STAY_IN_TENSOR = noClasses().that()
            .resideOutsideOfPackages("dvdquant.tensor..", "dvdquant.cuda..")
            .should().dependOnClassesThat()
            .resideInAnyPackage("org.bytedeco.pytorch..", "org.bytedeco.dnnl..", "org.bytedeco.openblas..");

    @ArchTest
    static final ArchRule POINTER_SCOPES_STAY_IN_TENSOR_CUDA_AND_VIDEO = noClasses().that()
            .resideOutsideOfPackages("dvdquant.tensor..", "dvdquant.cuda..", "dvdquant.video..").should()
            .dependOnClassesThat()
            .resideInAPackage("org.bytedeco.javacpp..");

    @ArchTest
    static final ArchRule FFMPEG_STAYS_IN_VIDEO = noClasses().that().resideOutsideOfPackage("dvdquant.video..")
            .should()
            .dependOnClassesThat().resideInAPackage("org.bytedeco.ffmpeg..");

    @ArchTest
    static final ArchRule IMAGE_FILES_ARE_READ_IN_VIDEO = noClasses().that()
            .resideOutsideOfPackage("dvdquant.video.image..").should().dependOnClassesThat()
            .resideInAnyPackage("java.awt..", "javax.imageio..");

    @ArchTest
    static final ArchRule CPU_KERNELS_ARE_REACHED_THROUGH_THE_SEAM = noClasses().that()
            .resideOutsideOfPackages("dvdquant.tensor.cpu..", "dvdquant.models", "dvdquant.app..").should()
            .dependOnClassesThat().resideInAPackage("dvdquant.tensor.cpu..");

    /** One of the two lists of families; the other is that of {@code Pipelines}. */
    private static final String[] FAMILY_NAMES = {"wan", "hunyuan"};
    private static final String[] FAMILIES = Stream.of(FAMILY_NAMES).map(name -> "dvdquant.models." + name + "..")
            .toArray(String[]::new);

    @ArchTest
    static final ArchRule MODEL_FAMILIES_DO_NOT_SEE_EACH_OTHER = slices()
            .matching("dvdquant.models.(" + String.join("|", FAMILY_NAMES) + ")..").should().notDependOnEachOther();

    @ArchTest
    static final ArchRule WHAT_FAMILIES_SHARE_KNOWS_NONE = noClasses().that()
            .resideInAnyPackage("dvdquant.models.diffusion..", "dvdquant.models.pipeline..", "dvdquant.models.vae..",
                    "dvdquant.models.encoder..", "dvdquant.models.text..", "dvdquant.models.nn..",
                    "dvdquant.models.vision..",
                    "dvdquant.models.schedule..")
            .should().dependOnClassesThat().resideInAnyPackage(FAMILIES);

    /** Benchmarks of a block and of a model's shapes are the exception; the module of benchmarks is not looked at here. */
    @ArchTest
    static final ArchRule ONLY_PIPELINES_NAMES_FAMILIES = noClasses().that()
            .resideOutsideOfPackages(FAMILIES).and()
            .resideOutsideOfPackages("dvdquant.measure..", "dvdquant.app.bench..")
            .and().doNotHaveFullyQualifiedName("dvdquant.models.Pipelines").should().dependOnClassesThat()
            .resideInAnyPackage(FAMILIES);

    @ArchTest
    static final ArchRule NO_PACKAGE_CYCLES = slices().matching("dvdquant.(**)").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule ONLY_THE_PROGRAM_TALKS_TO_THE_SYSTEM = noClasses().that()
            .resideOutsideOfPackage("dvdquant.app..")
            .should().accessField(System.class, "out").orShould().accessField(System.class, "err").orShould()
            .callMethod(System.class, "exit", int.class).orShould().callMethod(System.class, "getenv", String.class)
            .orShould()
            .callMethod(System.class, "getenv").orShould().callMethod(System.class, "getProperty", String.class);

    @ArchTest
    static final ArchRule NO_UNSEEDED_RANDOMNESS = noClasses().should().callMethod(Math.class, "random").orShould()
            .callConstructor(Random.class);

    @ArchTest
    static final ArchRule NO_DRAWERS = noClasses().should()
            .haveNameMatching(".*(Util|Utils|Helper|Manager|Impl)(\\$.*)?");

    /** The state of one call lives in package-private classes; what others see does not change, or is an owner. */
    @ArchTest
    static final ArchRule ONLY_OWNERS_CHANGE = fields().that().areDeclaredInClassesThat().arePublic().and()
            .areDeclaredInClassesThat().resideOutsideOfPackage("dvdquant.cuda.driver..").and()
            .areDeclaredInClassesThat().areNotAssignableTo(AutoCloseable.class).and().areDeclaredInClassesThat()
            .areNotAnnotatedWith("picocli.CommandLine$Command").and()
            .areNotAnnotatedWith("picocli.CommandLine$Option").and()
            .areNotAnnotatedWith("picocli.CommandLine$Parameters")
            .and().areNotAnnotatedWith("picocli.CommandLine$Mixin").and()
            .areNotAnnotatedWith("picocli.CommandLine$Spec")
            .should(beFinal());

    private static ArchCondition<JavaField> beFinal() {
        return new ArchCondition<>("be final") {
            @Override
            public void check(JavaField field, ConditionEvents events) {
                boolean fine = field.getModifiers().contains(JavaModifier.FINAL)
                        || field.getModifiers().contains(JavaModifier.VOLATILE)
                        || field.getModifiers().contains(JavaModifier.SYNTHETIC);
                events.add(new SimpleConditionEvent(field, fine, field.getDescription() + " is not final"));
            }
        };
    }
}
