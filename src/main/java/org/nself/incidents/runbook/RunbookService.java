package org.nself.incidents.runbook;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.database.IdempotencyKeyStore;
import org.nself.incidents.database.IdempotencyRequest;
import org.nself.incidents.database.TenantDatabase;
import org.nself.incidents.database.UuidGenerator;
import org.nself.incidents.runbook.definition.Action;
import org.nself.incidents.runbook.definition.Definition;
import org.nself.incidents.runbook.definition.DefinitionValidator;
import org.nself.incidents.runbook.definition.Step;
import org.nself.incidents.security.Caller;
import org.nself.incidents.security.Permission;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.error.ErrorCode;
import org.nself.incidents.web.input.StrictJson;
import org.nself.incidents.web.paging.Page;
import org.nself.incidents.web.paging.PageRequest;

/** Writes, finds, changes and archives runbooks. */
public final class RunbookService {

  private final TenantDatabase database;
  private final RunbookStore store;
  private final RunbookQueries search;
  private final DefinitionValidator check;
  private final IdempotencyKeyStore keys;
  private final UuidGenerator ids;
  private final StrictJson json;

  RunbookService(
      TenantDatabase database,
      RunbookStore store,
      DefinitionValidator check,
      IdempotencyKeyStore keys,
      UuidGenerator ids,
      StrictJson json) {
    this.database = database;
    this.store = store;
    this.search = new RunbookQueries(database, store);
    this.check = check;
    this.keys = keys;
    this.ids = ids;
    this.json = json;
  }

  /**
   * Writes a runbook in version 1.
   *
   * @param idempotencyKey null for none
   * @throws ApiException {@code conflict} where another that is in use has its key; {@code invalid}
   *     where an expression is wrong, or a step runs a runbook that the account does not have
   */
  public Runbook create(Caller caller, CreateRunbook command, @Nullable String idempotencyKey) {
    caller.requirePermission(Permission.ADMINISTER);
    check.check(command.definition());
    @Nullable IdempotencyRequest idempotency = IdempotencyRequest.of(idempotencyKey, command, json);
    return database.transaction(
        caller.account(),
        transaction ->
            once(
                transaction,
                idempotency,
                () -> {
                  UUID id = ids.next();
                  mustExist(transaction, id, command.definition());
                  return store.insert(
                      transaction, id, command.key(), command.definition(), caller.actor());
                }));
  }

  /** Null where the account has none of this id. */
  public @Nullable Runbook find(Caller caller, UUID id) {
    caller.requirePermission(Permission.READ);
    return store.findAll(caller.account(), List.of(id)).get(id);
  }

  /** In another feature's transaction; null where the account has none of this id. */
  public @Nullable Runbook find(TenantDatabase.Transaction transaction, UUID id) {
    return store.find(transaction, id);
  }

  /**
   * A version of a runbook, which never changes.
   *
   * @throws ApiException {@code not_found}
   */
  public RunbookVersion version(String account, UUID id, int version) {
    List<RunbookVersion> found =
        store.versions(account, List.of(id), version + 1, 1).getOrDefault(id, List.of());
    if (found.isEmpty() || found.getFirst().version() != version) {
      throw ApiException.notFound("Runbook version");
    }
    return found.getFirst();
  }

  /** The runbooks of an account that are in use and have a condition to be attached by. */
  public List<Runbook> attached(String account) {
    return store.attached(account);
  }

  /**
   * The runbooks of these ids, in one statement; those that the account does not have are left out.
   */
  public Map<UUID, Runbook> findAll(Caller caller, List<UUID> ids) {
    caller.requirePermission(Permission.READ);
    return store.findAll(caller.account(), ids);
  }

  /** As {@link #find}, or {@code not_found}. */
  public Runbook get(Caller caller, UUID id) {
    return found(find(caller, id));
  }

  public Page<Runbook> list(Caller caller, RunbookFilter filter, PageRequest page) {
    caller.requirePermission(Permission.READ);
    return search.page(caller.account(), filter, page);
  }

  /** How many match. */
  public int count(Caller caller, RunbookFilter filter) {
    caller.requirePermission(Permission.READ);
    return search.count(caller.account(), filter);
  }

  /**
   * The versions of runbooks, newest first, in one statement; a runbook that the account does not
   * have is left out.
   *
   * @param before only versions below this one
   * @param limit how many of each
   */
  public Map<UUID, List<RunbookVersion>> versions(
      Caller caller, List<UUID> ids, int before, int limit) {
    caller.requirePermission(Permission.READ);
    return store.versions(caller.account(), ids, before, limit);
  }

  /**
   * Makes a new version; what is as asked for already makes none.
   *
   * @throws ApiException {@code not_found}; {@code precondition_failed} where the version is
   *     another than expected; {@code conflict} where it is archived, or another has the key
   */
  public Runbook update(Caller caller, UpdateRunbook command, @Nullable String idempotencyKey) {
    caller.requirePermission(Permission.ADMINISTER);
    @Nullable IdempotencyRequest idempotency = IdempotencyRequest.of(idempotencyKey, command, json);
    return database.transaction(
        caller.account(),
        transaction -> once(transaction, idempotency, () -> updated(transaction, caller, command)));
  }

  private Runbook updated(
      TenantDatabase.Transaction transaction, Caller caller, UpdateRunbook command) {
    Runbook before = locked(transaction, command.runbook(), command.expectedVersion());
    if (before.archivedAt() != null) {
      throw ApiException.conflict("The runbook is archived; it cannot be changed any more");
    }
    Definition definition = command.appliedTo(before.definition());
    @Nullable String key = command.keyAfter(before);
    if (definition.equals(before.definition()) && Objects.equals(key, before.key())) {
      return before;
    }
    check.check(definition);
    mustExist(transaction, before.id(), definition);
    return store.update(transaction, before, key, definition, caller.actor());
  }

  /**
   * Takes a runbook out of use. Its versions stay.
   *
   * @throws ApiException {@code not_found}, {@code precondition_failed}
   */
  public Runbook archive(Caller caller, ArchiveRunbook command, @Nullable String idempotencyKey) {
    caller.requirePermission(Permission.ADMINISTER);
    @Nullable IdempotencyRequest idempotency = IdempotencyRequest.of(idempotencyKey, command, json);
    return database.transaction(
        caller.account(),
        transaction ->
            once(
                transaction,
                idempotency,
                () -> {
                  Runbook before =
                      locked(transaction, command.runbook(), command.expectedVersion());
                  return before.archivedAt() == null ? store.archive(transaction, before) : before;
                }));
  }

  private Runbook once(
      TenantDatabase.Transaction transaction,
      @Nullable IdempotencyRequest idempotency,
      Supplier<Runbook> work) {
    return keys.executeOnce(
        transaction,
        idempotency,
        done -> found(store.lock(transaction, done.subject())),
        work,
        runbook -> IdempotencyKeyStore.RecordedResult.of(runbook.id()));
  }

  private Runbook locked(
      TenantDatabase.Transaction transaction, UUID id, @Nullable Integer expectedVersion) {
    Runbook runbook = found(store.lock(transaction, id));
    if (expectedVersion != null && expectedVersion != runbook.version()) {
      throw ApiException.of(
          ErrorCode.PRECONDITION_FAILED,
          "The runbook is at version %d, not %d; read it again"
              .formatted(runbook.version(), expectedVersion));
    }
    return runbook;
  }

  /** A step may run any other runbook of the account that is in use. */
  private void mustExist(TenantDatabase.Transaction transaction, UUID self, Definition definition) {
    List<UUID> called =
        definition.steps().stream()
            .map(Step::runbook)
            .filter(Objects::nonNull)
            .map(Action.RunRunbook::runbookId)
            .toList();
    if (called.isEmpty()) {
      return;
    }
    List<UUID> inUse = store.inUse(transaction, called);
    for (Step step : definition.steps()) {
      Action.@Nullable RunRunbook run = step.runbook();
      if (run != null && run.runbookId().equals(self)) {
        throw ApiException.invalid(
            "steps", "has the step '%s', which runs its own runbook".formatted(step.key()));
      }
      if (run != null && !inUse.contains(run.runbookId())) {
        throw ApiException.invalid(
            "steps",
            "has the step '%s', which runs a runbook that is not there or is archived: %s"
                .formatted(step.key(), run.runbookId()));
      }
    }
  }

  private static Runbook found(@Nullable Runbook runbook) {
    if (runbook == null) {
      throw ApiException.notFound("Runbook");
    }
    return runbook;
  }
}
