package dvdquant.spark;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

import java.util.Random;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

/** What docs/architecture.md says of this module, checked. */
@AnalyzeClasses(packages = "dvdquant.spark", importOptions = DoNotIncludeTests.class)
class ArchitectureTest {
    private static final String[] NATIVE = {"dvdquant.tensor..", "dvdquant.cuda..", "dvdquant.video..",
            "dvdquant.measure..", "org.bytedeco.."};

    /** What quantizes, and what stores, is pure Java: executors for it need no native library. */
    @ArchTest
    static final ArchRule QUANTIZING_NEEDS_NO_NATIVE_LIBRARY = noClasses().that()
            .resideInAnyPackage("dvdquant.spark.quantize..", "dvdquant.spark.storage..", "dvdquant.spark.cluster..")
            .should().dependOnClassesThat().resideInAnyPackage(NATIVE);

    /** Of that the driver alone knows models, and the command line. */
    @ArchTest
    static final ArchRule EXECUTORS_QUANTIZE_WITH_CORE_ALONE = noClasses().that()
            .resideInAnyPackage("dvdquant.spark.quantize..", "dvdquant.spark.storage..", "dvdquant.spark.cluster..")
            .and().haveNameNotMatching(".*\\.(QuantizeCommand|PlannedModel|ModelRuns?|CalibrationTask)(\\$.*)?")
            .should()
            .dependOnClassesThat().resideInAnyPackage("dvdquant.models..", "dvdquant.evaluate..", "dvdquant.app..");

    @ArchTest
    static final ArchRule STORAGE_AND_TASKS_KNOW_NO_COMMAND = noClasses().that()
            .resideInAnyPackage("dvdquant.spark.storage..", "dvdquant.spark.cluster..").should().dependOnClassesThat()
            .resideInAnyPackage("dvdquant.spark.quantize..", "picocli..");

    @ArchTest
    static final ArchRule NO_PACKAGE_CYCLES = slices().matching("dvdquant.spark.(**)").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule NO_UNSEEDED_RANDOMNESS = noClasses().should().callMethod(Math.class, "random").orShould()
            .callConstructor(Random.class);
}
