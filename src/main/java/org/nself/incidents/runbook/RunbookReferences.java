package org.nself.incidents.runbook;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.database.TenantDatabase;
import org.nself.incidents.runbook.definition.Action;
import org.nself.incidents.runbook.definition.Definition;
import org.nself.incidents.runbook.definition.Step;
import org.nself.incidents.web.error.ApiException;

/**
 * Checks the runbooks that the steps of others run, by id or by key. A key stands for the runbook
 * that has it when the step starts, so it is looked up at each check.
 */
final class RunbookReferences {

  private final RunbookStore store;

  RunbookReferences(RunbookStore store) {
    this.store = store;
  }

  static List<Action.RunRunbook> in(Definition definition) {
    return definition.steps().stream().map(Step::runbook).filter(Objects::nonNull).toList();
  }

  static List<UUID> ids(List<Action.RunRunbook> runs) {
    return runs.stream()
        .map(Action.RunRunbook::runbookId)
        .filter(Objects::nonNull)
        .distinct()
        .toList();
  }

  static List<String> keys(List<Action.RunRunbook> runs) {
    return runs.stream().map(Action.RunRunbook::key).filter(Objects::nonNull).distinct().toList();
  }

  /**
   * Checks that each runbook run by a step is another of the account and not archived.
   *
   * @param key of the runbook itself; null for none
   * @param path of the definition in the input, such as {@code runbooks[0].}
   * @throws ApiException {@code invalid}
   */
  void requireCallable(
      TenantDatabase.Transaction transaction,
      UUID self,
      @Nullable String key,
      Definition definition,
      String path) {
    List<Action.RunRunbook> runs = in(definition);
    if (runs.isEmpty()) {
      return;
    }
    List<RunbookStore.Name> callable = store.findUnarchived(transaction, ids(runs), keys(runs));
    for (Step step : definition.steps()) {
      Action.@Nullable RunRunbook run = step.runbook();
      if (run == null) {
        continue;
      }
      if (self.equals(run.runbookId()) || (key != null && key.equals(run.key()))) {
        throw ApiException.invalid(
            path + "steps", "step '%s' runs the runbook that it belongs to".formatted(step.key()));
      }
      if (callable.stream().noneMatch(name -> name.isMeantBy(run))) {
        throw ApiException.invalid(
            path + "steps",
            "step '%s' runs a runbook that does not exist or is archived: %s"
                .formatted(step.key(), run.reference()));
      }
    }
  }

  /**
   * Checks that no step runs this runbook again, directly or through others. To be called after it
   * is written, because its key can be what another one runs.
   *
   * @param path as in {@link #requireCallable}
   * @throws ApiException {@code invalid}
   */
  void requireNoRecursion(
      TenantDatabase.Transaction transaction, UUID self, Definition definition, String path) {
    List<Action.RunRunbook> runs = in(definition);
    if (!reaches(transaction, runs, self)) {
      return;
    }
    String step =
        definition.steps().stream()
            .filter(
                candidate ->
                    candidate.runbook() != null
                        && reaches(transaction, List.of(candidate.runbook()), self))
            .map(Step::key)
            .findFirst()
            .orElse("");
    throw ApiException.invalid(
        path + "steps",
        "step '%s' runs a runbook that runs this one again, directly or through others"
            .formatted(step));
  }

  /** Whether one of the steps can run the target, directly or through others. */
  boolean reaches(
      TenantDatabase.Transaction transaction, List<Action.RunRunbook> runs, UUID target) {
    if (runs.isEmpty()) {
      return false;
    }
    List<UUID> from = new ArrayList<>(ids(runs));
    List<String> keys = keys(runs);
    if (!keys.isEmpty()) {
      store.findUnarchived(transaction, List.of(), keys).forEach(runbook -> from.add(runbook.id()));
    }
    return store.reaches(transaction, from, target);
  }
}
