package org.nself.incidents;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;
import java.sql.Connection;
import org.junit.jupiter.api.Test;

class ArchitectureTest {

  private static final String ROOT = "org.nself.incidents";

  private final JavaClasses code =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages(ROOT);

  @Test
  void arrowsGoFromRunbookToIncidentToTimelineToAccount() {
    layeredArchitecture()
        .consideringOnlyDependenciesInLayers()
        .withOptionalLayers(true)
        .layer("runbook")
        .definedBy(ROOT + ".runbook..")
        .layer("expression")
        .definedBy(ROOT + ".expression..")
        .layer("outbound")
        .definedBy(ROOT + ".outbound..")
        .layer("compat")
        .definedBy(ROOT + ".compat..")
        .layer("incident")
        .definedBy(ROOT + ".incident..")
        .layer("timeline")
        .definedBy(ROOT + ".timeline..")
        .layer("live")
        .definedBy(ROOT + ".live..")
        .layer("account")
        .definedBy(ROOT + ".account..")
        .whereLayer("runbook")
        .mayNotBeAccessedByAnyLayer()
        .whereLayer("expression")
        .mayOnlyBeAccessedByLayers("runbook")
        .whereLayer("outbound")
        .mayOnlyBeAccessedByLayers("runbook")
        .whereLayer("compat")
        .mayNotBeAccessedByAnyLayer()
        .whereLayer("incident")
        .mayOnlyBeAccessedByLayers("runbook", "compat")
        .whereLayer("timeline")
        .mayOnlyBeAccessedByLayers("incident", "runbook", "live", "compat")
        .whereLayer("account")
        .mayOnlyBeAccessedByLayers("timeline", "incident", "runbook", "live", "compat")
        .check(code);
  }

  @Test
  void apiAndOpsKnowNoFeature() {
    noClasses()
        .that()
        .resideInAnyPackage(ROOT + ".api..", ROOT + ".ops..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            ROOT + ".account..",
            ROOT + ".timeline..",
            ROOT + ".live..",
            ROOT + ".incident..",
            ROOT + ".runbook..",
            ROOT + ".expression..",
            ROOT + ".outbound..",
            ROOT + ".compat..")
        .check(code);
  }

  @Test
  void expressionsAndOutboundCallsKnowNoFeature() {
    noClasses()
        .that()
        .resideInAnyPackage(ROOT + ".expression..", ROOT + ".outbound..")
        .should()
        .dependOnClassesThat(
            resideInAPackage(ROOT + "..")
                .and(
                    not(
                        resideInAnyPackage(
                            ROOT + ".api",
                            ROOT + ".ops",
                            ROOT + ".expression..",
                            ROOT + ".outbound.."))))
        .check(code);
  }

  @Test
  void noFeatureGoesRoundInCircles() {
    SlicesRuleDefinition.slices()
        .matching(ROOT + ".(account|timeline|live|incident|runbook|compat)..")
        .should()
        .beFreeOfCycles()
        .check(code);
  }

  @Test
  void onlyTheAccountDatabaseAndOpsTouchConnections() {
    noClasses()
        .that()
        .resideInAnyPackage(
            ROOT + ".timeline..",
            ROOT + ".live..",
            ROOT + ".incident..",
            ROOT + ".runbook..",
            ROOT + ".compat..",
            ROOT + ".api..")
        .should()
        .dependOnClassesThat()
        .areAssignableTo(Connection.class)
        .because("isolation lives in one class, account.AccountDatabase")
        .check(code);
  }

  @Test
  void adaptersDoNotReachPastTheServices() {
    noClasses()
        .that()
        .haveSimpleNameEndingWith("Graphql")
        .or()
        .haveSimpleNameEndingWith("Rest")
        .should()
        .dependOnClassesThat()
        .haveSimpleNameEndingWith("Store")
        .orShould()
        .dependOnClassesThat()
        .haveSimpleName("AccountDatabase")
        .check(code);
  }

  @Test
  void servicesAndStoresKnowNoAdapter() {
    noClasses()
        .that()
        .haveSimpleNameNotEndingWith("Graphql")
        .and()
        .haveSimpleNameNotEndingWith("Rest")
        .and()
        .haveSimpleNameNotEndingWith("Configuration")
        .and()
        .resideInAnyPackage(ROOT + ".timeline..", ROOT + ".incident..", ROOT + ".runbook..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("graphql..", "org.springframework.web..")
        .check(code);
  }

  @Test
  void everyPackageSaysWhatItIsFor() {
    classes()
        .that()
        .resideInAPackage(ROOT + "..")
        .should(
            new com.tngtech.archunit.lang.ArchCondition<>("be in a package with a package-info") {
              @Override
              public void check(
                  com.tngtech.archunit.core.domain.JavaClass type,
                  com.tngtech.archunit.lang.ConditionEvents events) {
                boolean described = type.getPackage().tryGetPackageInfo().isPresent();
                events.add(
                    new com.tngtech.archunit.lang.SimpleConditionEvent(
                        type, described, type.getPackageName() + " has no package-info"));
              }
            })
        .check(code);
  }
}
