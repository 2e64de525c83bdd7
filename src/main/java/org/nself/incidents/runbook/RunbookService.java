package org.nself.incidents.runbook;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.database.BoundedRows;
import org.nself.incidents.database.IdempotencyKeyStore;
import org.nself.incidents.database.IdempotencyRequest;
import org.nself.incidents.database.TenantDatabase;
import org.nself.incidents.database.UuidGenerator;
import org.nself.incidents.runbook.definition.Action;
import org.nself.incidents.runbook.definition.Definition;
import org.nself.incidents.runbook.definition.DefinitionValidator;
import org.nself.incidents.security.Caller;
import org.nself.incidents.security.Permission;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.error.ErrorCode;
import org.nself.incidents.web.input.StrictJson;
import org.nself.incidents.web.paging.Page;
import org.nself.incidents.web.paging.PageRequest;
import org.nself.incidents.web.response.ResponseSizeBudget;

/** Creates, finds, updates and archives runbooks. */
public final class RunbookService {

  /**
   * The lock that saves of definitions of one account take, so that each sees the others' lengths
   * and the runbooks that their steps run.
   */
  static final String LOCK = "runbook definitions";

  private final TenantDatabase database;
  private final RunbookStore store;
  private final RunbookQueries queries;
  private final RunbookReferences references;
  private final DefinitionValidator validator;
  private final IdempotencyKeyStore keys;
  private final UuidGenerator ids;
  private final StrictJson json;

  RunbookService(
      TenantDatabase database,
      RunbookStore store,
      DefinitionValidator validator,
      IdempotencyKeyStore keys,
      UuidGenerator ids,
      StrictJson json) {
    this.database = database;
    this.store = store;
    this.queries = new RunbookQueries(database, store);
    this.references = new RunbookReferences(store);
    this.validator = validator;
    this.keys = keys;
    this.ids = ids;
    this.json = json;
  }

  /**
   * Creates a runbook in version 1.
   *
   * @param idempotencyKey null for none
   * @throws ApiException {@code conflict} if another runbook that is not archived has the key;
   *     {@code invalid} if an expression is wrong, or a step runs a runbook that the account does
   *     not have
   */
  public Runbook create(Caller caller, CreateRunbook command, @Nullable String idempotencyKey) {
    caller.requirePermission(Permission.ADMINISTER);
    validator.validate(caller.account(), command.definition());
    @Nullable IdempotencyRequest idempotency = IdempotencyRequest.of(idempotencyKey, command, json);
    return database.transaction(
        caller.account(),
        IdempotencyKeyStore.locks(idempotency, LOCK),
        transaction ->
            executeOnce(
                transaction,
                idempotency,
                () -> insert(transaction, command.key(), command.definition(), caller)));
  }

  private Runbook insert(
      TenantDatabase.Transaction transaction,
      @Nullable String key,
      Definition definition,
      Caller caller) {
    UUID id = ids.next();
    references.requireCallable(transaction, id, key, definition, "");
    Runbook runbook = store.insert(transaction, id, key, null, definition, caller.actor());
    references.requireNoRecursion(transaction, id, definition, "");
    return runbook;
  }

  /** Returns null if the account has no runbook of this id. */
  public @Nullable Runbook find(Caller caller, UUID id) {
    caller.requirePermission(Permission.READ);
    return store.find(caller.account(), id);
  }

  /** As {@link #find(Caller, UUID)}, in a transaction of the caller. */
  public @Nullable Runbook find(TenantDatabase.Transaction transaction, UUID id) {
    return store.find(transaction, id);
  }

  /** Finds the runbook that a step runs, in a transaction of the caller; null if there is none. */
  public @Nullable Runbook find(TenantDatabase.Transaction transaction, Action.RunRunbook run) {
    if (run.key() != null) {
      return store.findByKey(transaction, run.key());
    }
    return run.runbookId() == null ? null : store.find(transaction, run.runbookId());
  }

  /** The ids of the runbooks that have these keys now; keys that none has are left out. */
  Map<String, UUID> idsByKey(Caller caller, Collection<String> keys) {
    caller.requirePermission(Permission.READ);
    Map<String, UUID> ids = new HashMap<>();
    store
        .findUnarchived(caller.account(), List.of(), List.copyOf(keys))
        .forEach(name -> ids.put(Objects.requireNonNull(name.key()), name.id()));
    return ids;
  }

  /**
   * The keys of the runbooks that the steps of a definition run by id. Runbooks without a key, and
   * archived ones, are left out.
   */
  Map<UUID, String> keysOfCalled(Caller caller, Definition definition) {
    List<UUID> called = RunbookReferences.ids(RunbookReferences.in(definition));
    if (called.isEmpty()) {
      return Map.of();
    }
    Map<UUID, String> keys = new TreeMap<>();
    for (RunbookStore.Name name : store.findUnarchived(caller.account(), called, List.of())) {
      if (name.key() != null) {
        keys.put(name.id(), name.key());
      }
    }
    return keys;
  }

  /**
   * Returns a version of a runbook to execute. A version never changes.
   *
   * @throws ApiException {@code not_found}; {@code conflict} if this version of the service cannot
   *     read all of the definition
   */
  public RunbookVersion version(String account, UUID id, int version) {
    @Nullable RunbookVersion found = store.version(account, id, version);
    if (found == null) {
      throw ApiException.notFound("Runbook version");
    }
    found.definition().requireSupported();
    return found;
  }

  /**
   * The triggers of an account's runbooks that are not archived, by id.
   *
   * @param after only those of greater ids; null for all
   */
  public List<RunbookTrigger> triggers(String account, @Nullable UUID after, int limit) {
    return store.findTriggers(account, after, limit);
  }

  /**
   * Checks that the runbook, as the account's runbooks are defined now, does not run itself.
   *
   * @throws ApiException {@code conflict}
   */
  public void requireNoCycle(TenantDatabase.Transaction transaction, Runbook runbook) {
    List<Action.RunRunbook> runs = RunbookReferences.in(runbook.definition());
    if (references.reaches(transaction, runs, runbook.id())) {
      throw ApiException.conflict(
          "The runbook '%s' runs itself through the runbooks of its steps; change one of them"
              .formatted(runbook.definition().name()));
    }
  }

  /**
   * Reads the runbooks of these ids in one statement. Ids that the account does not have are left
   * out.
   *
   * @throws ApiException {@code too_large}
   */
  public Map<UUID, Runbook> findAll(Caller caller, List<UUID> ids, ResponseSizeBudget budget) {
    caller.requirePermission(Permission.READ);
    return store.findAll(caller.account(), ids, budget);
  }

  /**
   * As {@link #find(Caller, UUID)}.
   *
   * @throws ApiException {@code not_found}
   */
  public Runbook get(Caller caller, UUID id) {
    return requireFound(find(caller, id));
  }

  /** As {@link #get(Caller, UUID)}, for a response. */
  Runbook get(Caller caller, UUID id, ResponseSizeBudget budget) {
    return requireFound(findAll(caller, List.of(id), budget).get(id));
  }

  /**
   * Lists runbooks by name, a page at a time, which ends early where the response has no room for
   * more.
   */
  public Page<Runbook> list(
      Caller caller, RunbookFilter filter, PageRequest page, ResponseSizeBudget budget) {
    caller.requirePermission(Permission.READ);
    return queries.page(caller.account(), filter, page, budget);
  }

  /** Counts the runbooks that match. */
  public int count(Caller caller, RunbookFilter filter) {
    caller.requirePermission(Permission.READ);
    return queries.count(caller.account(), filter);
  }

  /**
   * Reads the versions of runbooks, newest first, in one statement. Runbooks that the account does
   * not have are left out. A list ends early where the response has no room for more.
   *
   * @param before only versions lower than this
   * @param limit maximum number of versions for each runbook
   */
  Map<UUID, BoundedRows.Cut<RunbookVersion>> versions(
      Caller caller, List<UUID> ids, int before, int limit, ResponseSizeBudget budget) {
    caller.requirePermission(Permission.READ);
    return store.versions(caller.account(), ids, before, limit, budget);
  }

  /**
   * Changes a runbook, which makes a new version, unless nothing differs.
   *
   * @throws ApiException {@code not_found}; {@code precondition_failed} if the version is not the
   *     expected one; {@code conflict} if the runbook is archived, another has the key, or this
   *     version of the service cannot read all of the definition
   */
  public Runbook update(Caller caller, UpdateRunbook command, @Nullable String idempotencyKey) {
    caller.requirePermission(Permission.ADMINISTER);
    @Nullable IdempotencyRequest idempotency = IdempotencyRequest.of(idempotencyKey, command, json);
    return database.transaction(
        caller.account(),
        IdempotencyKeyStore.locks(idempotency, LOCK),
        transaction ->
            executeOnce(
                transaction, idempotency, () -> updateLocked(transaction, caller, command)));
  }

  /**
   * Makes the account's runbook with a key what the definition says: creates it, changes it, which
   * makes a new version, or leaves it if nothing differs.
   *
   * @throws ApiException {@code invalid} if an expression is wrong, or a step runs a runbook that
   *     the account does not have
   */
  public AppliedRunbook apply(Caller caller, String key, Definition definition) {
    caller.requirePermission(Permission.ADMINISTER);
    validator.validate(caller.account(), definition);
    return database.transaction(
        caller.account(),
        IdempotencyKeyStore.locks(null, LOCK),
        transaction -> {
          @Nullable Runbook before = store.lockByKey(transaction, key);
          if (before == null) {
            return new AppliedRunbook(
                AppliedRunbook.Outcome.CREATED, insert(transaction, key, definition, caller));
          }
          return replace(transaction, caller, before, definition);
        });
  }

  /**
   * As {@link #apply(Caller, String, Definition)}, for a runbook that exists.
   *
   * @throws ApiException {@code not_found}; {@code conflict} if it is archived
   */
  public AppliedRunbook apply(Caller caller, UUID id, Definition definition) {
    caller.requirePermission(Permission.ADMINISTER);
    validator.validate(caller.account(), definition);
    return database.transaction(
        caller.account(),
        IdempotencyKeyStore.locks(null, LOCK),
        transaction -> replace(transaction, caller, lock(transaction, id, null), definition));
  }

  private AppliedRunbook replace(
      TenantDatabase.Transaction transaction,
      Caller caller,
      Runbook before,
      Definition definition) {
    if (before.archivedAt() != null) {
      throw ApiException.conflict("The runbook is archived and can no longer be changed");
    }
    if (definition.equals(before.definition())) {
      return new AppliedRunbook(AppliedRunbook.Outcome.UNCHANGED, before);
    }
    return new AppliedRunbook(
        AppliedRunbook.Outcome.UPDATED,
        write(transaction, before, before.key(), definition, caller));
  }

  private Runbook write(
      TenantDatabase.Transaction transaction,
      Runbook before,
      @Nullable String key,
      Definition definition,
      Caller caller) {
    references.requireCallable(transaction, before.id(), key, definition, "");
    Runbook runbook = store.update(transaction, before, key, null, definition, caller.actor());
    references.requireNoRecursion(transaction, before.id(), definition, "");
    return runbook;
  }

  private Runbook updateLocked(
      TenantDatabase.Transaction transaction, Caller caller, UpdateRunbook command) {
    Runbook before = lock(transaction, command.runbook(), command.expectedVersion());
    if (before.archivedAt() != null) {
      throw ApiException.conflict("The runbook is archived and can no longer be changed");
    }
    before.definition().requireSupported();
    Definition definition = command.apply(before.definition());
    @Nullable String key = command.applyToKey(before.key());
    if (definition.equals(before.definition()) && Objects.equals(key, before.key())) {
      return before;
    }
    validator.validate(caller.account(), definition);
    return write(transaction, before, key, definition, caller);
  }

  /**
   * Archives a runbook. It and its versions can still be read, and it is no longer started.
   *
   * @throws ApiException {@code not_found}, {@code precondition_failed}
   */
  public Runbook archive(Caller caller, ArchiveRunbook command, @Nullable String idempotencyKey) {
    caller.requirePermission(Permission.ADMINISTER);
    @Nullable IdempotencyRequest idempotency = IdempotencyRequest.of(idempotencyKey, command, json);
    return database.transaction(
        caller.account(),
        IdempotencyKeyStore.locks(idempotency),
        transaction ->
            executeOnce(
                transaction,
                idempotency,
                () -> {
                  Runbook before = lock(transaction, command.runbook(), command.expectedVersion());
                  return before.archivedAt() == null ? store.archive(transaction, before) : before;
                }));
  }

  private Runbook executeOnce(
      TenantDatabase.Transaction transaction,
      @Nullable IdempotencyRequest idempotency,
      Supplier<Runbook> action) {
    return keys.executeOnce(
        transaction,
        idempotency,
        recorded -> requireFound(store.find(transaction, recorded.subject())),
        action,
        runbook -> IdempotencyKeyStore.RecordedResult.of(runbook.id()));
  }

  private Runbook lock(
      TenantDatabase.Transaction transaction, UUID id, @Nullable Integer expectedVersion) {
    Runbook runbook = requireFound(store.lock(transaction, id));
    if (expectedVersion != null && expectedVersion != runbook.version()) {
      throw ApiException.of(
          ErrorCode.PRECONDITION_FAILED,
          "The runbook is at version %d, not %d; read it again and repeat the change"
              .formatted(runbook.version(), expectedVersion));
    }
    return runbook;
  }

  private static Runbook requireFound(@Nullable Runbook runbook) {
    if (runbook == null) {
      throw ApiException.notFound("Runbook");
    }
    return runbook;
  }
}
