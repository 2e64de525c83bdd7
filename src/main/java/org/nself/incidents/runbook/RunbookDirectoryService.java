package org.nself.incidents.runbook;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.database.IdempotencyKeyStore;
import org.nself.incidents.database.TenantDatabase;
import org.nself.incidents.database.UuidGenerator;
import org.nself.incidents.runbook.AppliedRunbooks.Item;
import org.nself.incidents.runbook.AppliedRunbooks.Outcome;
import org.nself.incidents.runbook.definition.Definition;
import org.nself.incidents.runbook.definition.DefinitionJsonCodec;
import org.nself.incidents.runbook.definition.DefinitionValidator;
import org.nself.incidents.security.Caller;
import org.nself.incidents.security.Permission;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.error.FieldErrors;
import org.nself.incidents.web.input.StrictJson;

/**
 * Applies runbooks that are kept as a directory of files: all of them, or none. They may run each
 * other in any order, because the runbooks that steps run are checked after all are written.
 */
final class RunbookDirectoryService {

  private final TenantDatabase database;
  private final RunbookStore store;
  private final RunbookReferences references;
  private final DefinitionValidator validator;
  private final DefinitionJsonCodec codec;
  private final StrictJson json;
  private final UuidGenerator ids;

  RunbookDirectoryService(
      TenantDatabase database,
      RunbookStore store,
      DefinitionValidator validator,
      DefinitionJsonCodec codec,
      StrictJson json,
      UuidGenerator ids) {
    this.database = database;
    this.store = store;
    this.references = new RunbookReferences(store);
    this.validator = validator;
    this.codec = codec;
    this.json = json;
    this.ids = ids;
  }

  /** Rolls a dry run back. */
  private static final class DryRunException extends RuntimeException {
    private static final long serialVersionUID = 1;
    private final transient AppliedRunbooks result;

    DryRunException(AppliedRunbooks result) {
      super("dry run", null, false, false);
      this.result = result;
    }
  }

  /**
   * Makes the account's runbooks with these keys what the definitions say. A dry run does the same
   * and is rolled back, so it meets the same errors.
   *
   * @throws ApiException {@code invalid}, with paths such as {@code runbooks[2].steps[0].http.url}
   */
  AppliedRunbooks apply(Caller caller, ApplyRunbooks command) {
    caller.requirePermission(Permission.ADMINISTER);
    FieldErrors errors = new FieldErrors();
    int expressions = 0;
    for (int i = 0; i < command.runbooks().size() && errors.hasRoom(); i++) {
      expressions =
          validator.check(
              caller.account(),
              command.runbooks().get(i).definition(),
              path(i),
              expressions,
              errors);
    }
    if (!errors.isEmpty()) {
      throw ApiException.invalid(errors);
    }
    try {
      return database.transaction(
          caller.account(),
          IdempotencyKeyStore.locks(null, RunbookService.LOCK),
          transaction -> {
            AppliedRunbooks result = applyLocked(transaction, caller, command);
            if (command.options().dryRun()) {
              throw new DryRunException(result);
            }
            return result;
          });
    } catch (DryRunException e) {
      return e.result;
    }
  }

  private static String path(int index) {
    return "runbooks[" + index + "].";
  }

  private AppliedRunbooks applyLocked(
      TenantDatabase.Transaction transaction, Caller caller, ApplyRunbooks command) {
    ApplyRunbooks.Options options = command.options();
    List<Item> archived = new ArrayList<>();
    if (options.archiveMissing() && options.source() != null) {
      // First, because archived runbooks do not count toward what an account may store.
      archived.addAll(store.archiveMissing(transaction, options.source(), command.keys()));
    }
    List<Item> items = new ArrayList<>();
    List<UUID> written = new ArrayList<>();
    for (CreateRunbook runbook : command.runbooks()) {
      // One after the other: together, the stored definitions could have hundreds of megabytes.
      Item item = applyOne(transaction, caller, runbook, options.source());
      written.add(Objects.requireNonNull(item.runbookId()));
      items.add(
          options.dryRun() && item.result() == Outcome.CREATED
              ? new Item(item.key(), item.name(), item.result(), null, item.version(), List.of(), 0)
              : item);
    }
    for (int i = 0; i < written.size(); i++) {
      CreateRunbook runbook = command.runbooks().get(i);
      references.requireCallable(
          transaction, written.get(i), runbook.key(), runbook.definition(), path(i));
    }
    for (int i = 0; i < written.size(); i++) {
      references.requireNoRecursion(
          transaction, written.get(i), command.runbooks().get(i).definition(), path(i));
    }
    items.addAll(archived);
    return new AppliedRunbooks(options.dryRun(), List.copyOf(items));
  }

  private Item applyOne(
      TenantDatabase.Transaction transaction,
      Caller caller,
      CreateRunbook runbook,
      @Nullable String source) {
    String key = Objects.requireNonNull(runbook.key());
    Definition definition = runbook.definition();
    @Nullable Runbook before = store.lockByKey(transaction, key);
    if (before == null) {
      Runbook created =
          store.insert(transaction, ids.next(), key, source, definition, caller.actor());
      return item(created, Outcome.CREATED, DefinitionDiff.of(Map.of(), Map.of()));
    }
    if (definition.equals(before.definition())) {
      store.moveToSource(transaction, before, source);
      return item(before, Outcome.UNCHANGED, DefinitionDiff.of(Map.of(), Map.of()));
    }
    Runbook updated = store.update(transaction, before, key, source, definition, caller.actor());
    return item(
        updated,
        Outcome.UPDATED,
        DefinitionDiff.of(members(before.definition()), members(definition)));
  }

  private static Item item(Runbook runbook, Outcome result, DefinitionDiff diff) {
    return new Item(
        runbook.key(),
        runbook.definition().name(),
        result,
        runbook.id(),
        runbook.version(),
        diff.changes(),
        diff.count());
  }

  private Map<String, @Nullable Object> members(Definition definition) {
    Map<String, @Nullable Object> members = new LinkedHashMap<>();
    members.put("name", definition.name());
    members.put("description", definition.description());
    members.putAll(json.read(codec.write(definition)));
    return members;
  }
}
