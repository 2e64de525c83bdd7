package org.nself.incidents;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ArchitectureTest {

  private static final String ROOT = "org.nself.incidents";

  /** A package may depend on those above it in this list only. */
  private static final List<String> PACKAGES =
      List.of(
          "settings",
          "web.connection",
          "web.cors",
          "web.error",
          "web.input",
          "web.paging",
          "web.response",
          "web.graphql",
          "web.graphql.http",
          "web.graphql.fastpath",
          "web",
          "fairness",
          "database.server",
          "database",
          "security.jwt",
          "security",
          "expression.limit",
          "expression.function",
          "expression.check",
          "expression",
          "outbound",
          "live",
          "live.sse",
          "live.http",
          "live.websocket",
          "timeline.anchor",
          "timeline",
          "incident",
          "incident.milestone",
          "analytics",
          "runbook.definition",
          "runbook",
          "runbook.execution.engine",
          "runbook.execution.worker",
          "runbook.execution",
          "node",
          "nself",
          "console",
          "ops",
          "");

  /** Kept small enough for a person to know what is in it. */
  private static final int MAX_FILES_IN_A_PACKAGE = 22;

  private static final JavaClasses CODE =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages(ROOT);

  @Test
  void dependenciesGoDownwardOnly() {
    TreeSet<String> upward = new TreeSet<>();
    for (JavaClass type : CODE) {
      for (Dependency dependency : type.getDirectDependenciesFromSelf()) {
        JavaClass target = dependency.getTargetClass().getBaseComponentType();
        if (target.getPackageName().startsWith(ROOT) && position(target) > position(type)) {
          upward.add("%s -> %s".formatted(type.getFullName(), target.getFullName()));
        }
      }
    }
    assertEquals(List.of(), List.copyOf(upward), "dependencies on a package further down the list");
  }

  private static int position(JavaClass type) {
    String name = type.getPackageName();
    String relative = name.equals(ROOT) ? "" : name.substring(ROOT.length() + 1);
    int position = PACKAGES.indexOf(relative);
    if (position < 0) {
      throw new AssertionError("The package " + name + " has no place in the list");
    }
    return position;
  }

  @Test
  void noPackageIsLarge() throws IOException {
    Map<String, Long> files;
    try (Stream<Path> sources = Files.walk(Path.of("src/main/java"))) {
      files =
          sources
              .filter(source -> source.toString().endsWith(".java"))
              .collect(
                  Collectors.groupingBy(
                      source -> String.valueOf(source.getParent()),
                      TreeMap::new,
                      Collectors.counting()));
    }
    files.values().removeIf(count -> count <= MAX_FILES_IN_A_PACKAGE);
    assertEquals(Map.of(), files, "packages of more than " + MAX_FILES_IN_A_PACKAGE + " files");
  }

  @Test
  void theEngineHasNeitherJdbcNorThreads() {
    noClasses()
        .that()
        .resideInAPackage(ROOT + ".runbook.execution.engine")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "java.sql..", "javax.sql..", "java.util.concurrent..", ROOT + ".database..")
        .orShould()
        .dependOnClassesThat()
        .areAssignableTo(Thread.class)
        .check(CODE);
  }

  @Test
  void onlyDatabaseAndOpsTouchConnections() {
    noClasses()
        .that()
        .resideOutsideOfPackages(ROOT + ".database..", ROOT + ".ops..")
        .should()
        .dependOnClassesThat()
        .areAssignableTo(Connection.class)
        .because("isolation is implemented in one class, database.TenantDatabase")
        .check(CODE);
  }

  @Test
  void controllersDoNotBypassTheServices() {
    noClasses()
        .that()
        .haveSimpleNameEndingWith("Controller")
        .should()
        .dependOnClassesThat()
        .haveSimpleNameEndingWith("Store")
        .orShould()
        .dependOnClassesThat()
        .haveSimpleName("TenantDatabase")
        .check(CODE);
  }

  @Test
  void servicesAndStoresKnowNoController() {
    noClasses()
        .that()
        .haveSimpleNameNotEndingWith("Controller")
        .and()
        .haveSimpleNameNotEndingWith("Configuration")
        .and()
        .resideInAnyPackage(ROOT + ".timeline..", ROOT + ".incident..", ROOT + ".runbook..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("graphql..", "org.springframework.web..")
        .check(CODE);
  }

  @Test
  void everyPackageSaysWhatItIsFor() {
    classes()
        .that()
        .resideInAPackage(ROOT + "..")
        .should(
            new ArchCondition<>("be in a package with a package-info") {
              @Override
              public void check(JavaClass type, ConditionEvents events) {
                boolean described = type.getPackage().tryGetPackageInfo().isPresent();
                events.add(
                    new SimpleConditionEvent(
                        type, described, type.getPackageName() + " has no package-info"));
              }
            })
        .check(CODE);
  }
}
