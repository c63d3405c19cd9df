package dvdquant.app;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.JavaType;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import dvdquant.core.Api;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;

/** What programs may use (packages with {@link Api}) is whole by itself, and nothing is public for nobody. */
@AnalyzeClasses(packages = "dvdquant", importOptions = {DoNotIncludeTests.class, ArchitectureTest.NoTestJars.class})
class ApiTest {
    private static final Path ROOT = Path.of(System.getProperty("project.root"));
    private static final Pattern IMPORT = Pattern.compile("^import (?:static )?(dvdquant\\.[a-z0-9.]+)\\.[A-Z].*;");
    private static final Pattern LISTED = Pattern.compile("<api.packages>(.*)</api.packages>");

    private static boolean isApi(JavaClass type) {
        return type.getPackage().isAnnotatedWith(Api.class);
    }

    private static boolean isSeen(Set<JavaModifier> modifiers) {
        return modifiers.contains(JavaModifier.PUBLIC) || modifiers.contains(JavaModifier.PROTECTED);
    }

    /** With the classes around it. */
    private static boolean isSeen(JavaClass type) {
        return isSeen(type.getModifiers()) && type.getEnclosingClass().map(ApiTest::isSeen).orElse(true);
    }

    private static JavaClass outermost(JavaClass type) {
        return type.getEnclosingClass().map(ApiTest::outermost).orElse(type);
    }

    @ArchTest
    static void signaturesOfTheApiNameTheApiOnly(JavaClasses classes) {
        var faults = new TreeSet<String>();
        for (JavaClass type : classes) {
            if (!isApi(type) || !isSeen(type)) continue;
            type.getInterfaces().forEach(of -> require(of, type.getName(), faults));
            type.getSuperclass().ifPresent(of -> require(of, type.getName(), faults));
            for (JavaCodeUnit unit : type.getCodeUnits()) {
                if (!isSeen(unit.getModifiers()) || unit.getModifiers().contains(JavaModifier.SYNTHETIC)) continue;
                require(unit.getReturnType(), unit.getFullName(), faults);
                unit.getParameterTypes().forEach(of -> require(of, unit.getFullName(), faults));
            }
            for (JavaField field : type.getFields()) {
                if (isSeen(field.getModifiers())) require(field.getType(), field.getFullName(), faults);
            }
        }
        assertThat(faults).isEmpty();
    }

    private static void require(JavaType type, String by, Set<String> faults) {
        for (JavaClass raw : type.getAllInvolvedRawTypes()) {
            JavaClass named = raw.getBaseComponentType();
            if (!named.getPackageName().startsWith("dvdquant") || isApi(named) && isSeen(named)) continue;
            faults.add(by + " names " + named.getName());
        }
    }

    /** Such a type would be there for a test alone, or for nobody. */
    @ArchTest
    static void whatIsPublicElsewhereIsUsed(JavaClasses classes) {
        var used = new HashSet<JavaClass>();
        for (JavaClass type : classes) {
            type.getDirectDependenciesFromSelf().stream()
                    .map(to -> outermost(to.getTargetClass().getBaseComponentType()))
                    .filter(of -> !of.equals(outermost(type))).forEach(used::add);
        }
        var idle = new TreeSet<String>();
        for (JavaClass type : classes) {
            if (type.getEnclosingClass().isPresent() || !type.getModifiers().contains(JavaModifier.PUBLIC)
                    || isApi(type) || type.isEquivalentTo(Main.class)) {
                continue;
            }
            if (!used.contains(type)) idle.add(type.getName());
        }
        assertThat(idle).isEmpty();
    }

    /** For japicmp, which knows no package-info. */
    @ArchTest
    static void thePomsListTheApi(JavaClasses classes) throws IOException {
        var annotated = new TreeSet<String>();
        classes.stream().filter(ApiTest::isApi).forEach(type -> annotated.add(type.getPackageName()));
        var listed = new TreeSet<String>();
        try (Stream<Path> modules = Files.list(ROOT)) {
            for (Path pom : modules.map(module -> module.resolve("pom.xml")).filter(Files::isRegularFile).toList()) {
                Matcher packages = LISTED.matcher(Files.readString(pom));
                if (packages.find()) listed.addAll(List.of(packages.group(1).split(",")));
            }
        }
        assertThat(listed).isEqualTo(annotated);
    }

    @ArchTest
    static void examplesUseTheApiOnly(JavaClasses classes) throws IOException {
        var faults = new ArrayList<String>();
        for (Path folder : List.of(ROOT.resolve("examples"), ROOT.resolve("app/src/test/java/dvdquant/app/example"))) {
            try (Stream<Path> files = Files.walk(folder)) {
                for (Path file : files.filter(f -> f.toString().endsWith(".java")).toList()) {
                    Files.readAllLines(file).stream().map(IMPORT::matcher).filter(m -> m.find())
                            .filter(m -> !classes.containPackage(m.group(1))
                                    || !classes.getPackage(m.group(1)).isAnnotatedWith(Api.class))
                            .forEach(m -> faults.add(file + ": " + m.group()));
                }
            }
        }
        assertThat(faults).isEmpty();
    }
}
