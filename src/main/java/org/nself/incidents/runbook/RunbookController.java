package org.nself.incidents.runbook;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import jakarta.servlet.http.HttpServletRequest;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.database.BoundedRows;
import org.nself.incidents.database.UuidGenerator;
import org.nself.incidents.expression.limit.ExpressionPool;
import org.nself.incidents.runbook.definition.Definition;
import org.nself.incidents.runbook.definition.DefinitionParser;
import org.nself.incidents.runbook.definition.YamlReader;
import org.nself.incidents.security.Caller;
import org.nself.incidents.security.Permission;
import org.nself.incidents.web.ETags;
import org.nself.incidents.web.RestHeaders;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.input.InputReader;
import org.nself.incidents.web.input.NamingStyle;
import org.nself.incidents.web.input.QueryParameters;
import org.nself.incidents.web.input.StrictJson;
import org.nself.incidents.web.paging.Page;
import org.nself.incidents.web.paging.PageRequest;
import org.nself.incidents.web.response.ResponseSizeBudget;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PatchMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * The REST API of runbooks. Permissions are checked before a request's body and parameters are
 * read.
 */
@RestController
@RequestMapping(path = "/api/v1/runbooks", produces = "application/json")
final class RunbookController {

  /** RFC 9512. */
  static final String YAML = "application/yaml";

  private final RunbookService runbooks;
  private final RunbookDirectoryService directories;
  private final DefinitionParser parser;
  private final StrictJson json;
  private final RunbookYamlWriter yaml;
  private final ExpressionPool pool;

  RunbookController(
      RunbookService runbooks,
      RunbookDirectoryService directories,
      DefinitionParser parser,
      StrictJson json,
      RunbookYamlWriter yaml,
      ExpressionPool pool) {
    this.pool = pool;
    this.runbooks = runbooks;
    this.directories = directories;
    this.parser = parser;
    this.json = json;
    this.yaml = yaml;
  }

  /** A page of runbooks. */
  record RunbookList(List<Runbook> runbooks, @Nullable String nextCursor) {}

  /** Versions of a runbook, newest first. */
  record VersionList(List<Version> versions, @Nullable Integer nextBefore) {}

  /** A version of a runbook. */
  record Version(
      int version, @JsonUnwrapped Definition definition, String createdBy, Instant createdAt) {

    static Version of(RunbookVersion version) {
      return new Version(
          version.version(), version.definition(), version.createdBy(), version.createdAt());
    }
  }

  /** The parameters of the list. */
  record ListQuery(RunbookFilter filter, PageRequest page) {
    static ListQuery read(InputReader query) {
      return new ListQuery(RunbookFilter.read(query, "q"), PageRequest.of(query));
    }
  }

  /** The parameters of the list of versions. */
  record VersionsQuery(int before, int size) {
    static VersionsQuery read(InputReader query) {
      @Nullable Integer before = query.integer("before", 1, Integer.MAX_VALUE);
      @Nullable Integer limit = query.integer("limit", 1, PageRequest.MAX_SIZE);
      return new VersionsQuery(
          before == null ? Integer.MAX_VALUE : before,
          limit == null ? PageRequest.DEFAULT_SIZE : limit);
    }
  }

  @GetMapping
  RunbookList list(Caller caller, HttpServletRequest request, ResponseSizeBudget budget) {
    caller.requirePermission(Permission.READ);
    InputReader input = QueryParameters.read(request, Set.of("key"), Set.of("limit"), Set.of());
    ListQuery query = ListQuery.read(input);
    input.check();
    Page<Runbook> page = runbooks.list(caller, query.filter(), query.page(), budget);
    return new RunbookList(
        page.items(),
        page.hasNext() ? RunbookQueries.cursor(caller.account(), page.items().getLast()) : null);
  }

  @PostMapping(consumes = {"application/json", YAML})
  ResponseEntity<Runbook> create(
      Caller caller,
      HttpServletRequest request,
      ResponseSizeBudget budget,
      @RequestBody(required = false) byte @Nullable [] body) {
    caller.requirePermission(Permission.ADMINISTER);
    InputReader input = readBody(caller, request, body);
    CreateRunbook command = CreateRunbook.read(input, parser);
    input.check();
    Runbook runbook = runbooks.create(caller, command, RestHeaders.idempotencyKey(request));
    budget.hold(length(body));
    return ResponseEntity.status(HttpStatus.CREATED)
        .header("Location", RestHeaders.location(request, "/api/v1/runbooks/" + runbook.id()))
        .eTag(etag(runbook, ""))
        .body(runbook);
  }

  /**
   * Applies runbooks that are kept as a directory of files: YAML documents in one stream, or a list
   * in JSON.
   */
  @PostMapping(
      path = "/apply",
      consumes = {"application/json", YAML})
  AppliedRunbooks applyAll(
      Caller caller,
      HttpServletRequest request,
      ResponseSizeBudget budget,
      @RequestBody(required = false) byte @Nullable [] body) {
    caller.requirePermission(Permission.ADMINISTER);
    InputReader query = QueryParameters.read(request, Set.of(), Set.of(), Set.of());
    ApplyRunbooks.Options options = ApplyRunbooks.Options.read(query);
    query.check();
    byte[] bytes = body == null ? new byte[0] : body;
    InputReader input =
        isYaml(request)
            ? new InputReader(
                Map.of(
                    "runbooks",
                    pool.run(
                        caller.account(),
                        () -> YamlReader.parseObjects(bytes, ApplyRunbooks.MAX_RUNBOOKS))),
                NamingStyle.SNAKE_CASE)
            : readBody(caller, request, body);
    ApplyRunbooks command = ApplyRunbooks.read(input, parser, options);
    input.check();
    AppliedRunbooks applied = directories.apply(caller, command);
    budget.hold(length(body));
    return applied;
  }

  @GetMapping("/{id}")
  ResponseEntity<Runbook> get(
      Caller caller,
      HttpServletRequest request,
      ResponseSizeBudget budget,
      @PathVariable String id) {
    Runbook runbook = read(caller, request, budget, id);
    return respond(request, etag(runbook, ""), () -> runbook);
  }

  @GetMapping(path = "/{id}", produces = YAML)
  ResponseEntity<byte[]> getYaml(
      Caller caller,
      HttpServletRequest request,
      ResponseSizeBudget budget,
      @PathVariable String id) {
    Runbook runbook = read(caller, request, budget, id);
    Map<UUID, String> calledKeys = runbooks.keysOfCalled(caller, runbook.definition());
    // The keys of other runbooks are part of the file and not of the version.
    String representation =
        ".yaml" + (calledKeys.isEmpty() ? "" : "." + Integer.toHexString(calledKeys.hashCode()));
    return respond(
        request,
        etag(runbook, representation),
        () -> yaml.write(runbook, calledKeys).getBytes(StandardCharsets.UTF_8));
  }

  private Runbook read(
      Caller caller, HttpServletRequest request, ResponseSizeBudget budget, String id) {
    caller.requirePermission(Permission.READ);
    QueryParameters.rejectAny(request);
    return runbooks.get(caller, parseId(id), budget);
  }

  private static <T> ResponseEntity<T> respond(
      HttpServletRequest request, String etag, Supplier<T> body) {
    boolean known = ETags.matchesIfNoneMatch(request, etag);
    return ResponseEntity.status(known ? HttpStatus.NOT_MODIFIED : HttpStatus.OK)
        .eTag(etag)
        .varyBy(HttpHeaders.ACCEPT)
        .body(known ? null : body.get());
  }

  @GetMapping("/{id}/versions")
  VersionList versions(
      Caller caller,
      HttpServletRequest request,
      ResponseSizeBudget budget,
      @PathVariable String id) {
    caller.requirePermission(Permission.READ);
    InputReader input =
        QueryParameters.read(request, Set.of(), Set.of("before", "limit"), Set.of());
    VersionsQuery query = VersionsQuery.read(input);
    input.check();
    UUID runbook = runbooks.get(caller, parseId(id)).id();
    BoundedRows.Cut<RunbookVersion> read =
        Objects.requireNonNull(
            runbooks
                .versions(caller, List.of(runbook), query.before(), query.size() + 1, budget)
                .get(runbook));
    Page<RunbookVersion> page = Page.of(read.rows(), read.cut(), query.size(), false, false);
    return new VersionList(
        page.items().stream().map(Version::of).toList(),
        page.hasNext() ? (Integer) page.items().getLast().version() : null);
  }

  @PatchMapping(
      path = "/{id}",
      consumes = {"application/json", "application/merge-patch+json", YAML})
  ResponseEntity<Runbook> update(
      Caller caller,
      HttpServletRequest request,
      ResponseSizeBudget budget,
      @PathVariable String id,
      @RequestBody(required = false) byte @Nullable [] body) {
    caller.requirePermission(Permission.ADMINISTER);
    InputReader input = readBody(caller, request, body);
    UUID runbookId = parseId(id);
    UpdateRunbook command =
        UpdateRunbook.readPatch(
            input, parser, runbookId, expectedVersion(caller, request, runbookId));
    input.check();
    Runbook runbook = runbooks.update(caller, command, RestHeaders.idempotencyKey(request));
    budget.hold(length(body));
    return ResponseEntity.ok().eTag(etag(runbook, "")).body(runbook);
  }

  /**
   * Makes a runbook what the body says. In the path is its key, for runbooks that are kept as
   * files, or the id of one that exists.
   */
  @PutMapping(
      path = "/{id}",
      consumes = {"application/json", YAML})
  ResponseEntity<AppliedRunbook> apply(
      Caller caller,
      HttpServletRequest request,
      ResponseSizeBudget budget,
      @PathVariable String id,
      @RequestBody(required = false) byte @Nullable [] body) {
    caller.requirePermission(Permission.ADMINISTER);
    QueryParameters.rejectAny(request);
    InputReader input = readBody(caller, request, body);
    CreateRunbook command = CreateRunbook.read(input, parser);
    @Nullable UUID runbookId = UuidGenerator.parse(id);
    if (runbookId == null && !DefinitionParser.isKey(id)) {
      throw ApiException.notFound("Runbook");
    }
    if (runbookId == null && command.key() != null && !command.key().equals(id)) {
      input.reject("key", "must be left out, or be the key in the path");
    }
    input.check();
    AppliedRunbook applied =
        runbookId == null
            ? runbooks.apply(caller, id, command.definition())
            : runbooks.apply(caller, runbookId, command.definition());
    budget.hold(length(body));
    Runbook runbook = applied.runbook();
    boolean created = applied.result() == AppliedRunbook.Outcome.CREATED;
    return ResponseEntity.status(created ? HttpStatus.CREATED : HttpStatus.OK)
        .header("Location", RestHeaders.location(request, "/api/v1/runbooks/" + runbook.id()))
        .eTag(etag(runbook, ""))
        .body(applied);
  }

  /** Archives a runbook and responds with it, because it can still be read. */
  @DeleteMapping("/{id}")
  ResponseEntity<Runbook> archive(
      Caller caller, HttpServletRequest request, @PathVariable String id) {
    caller.requirePermission(Permission.ADMINISTER);
    QueryParameters.rejectAny(request);
    UUID runbookId = parseId(id);
    Runbook runbook =
        runbooks.archive(
            caller,
            new ArchiveRunbook(runbookId, expectedVersion(caller, request, runbookId)),
            RestHeaders.idempotencyKey(request));
    return ResponseEntity.ok().eTag(etag(runbook, "")).body(runbook);
  }

  private static int length(byte @Nullable [] body) {
    return body == null ? 0 : body.length;
  }

  private InputReader readBody(Caller caller, HttpServletRequest request, byte @Nullable [] body) {
    byte[] bytes = body == null ? new byte[0] : body;
    return new InputReader(
        isYaml(request)
            ? pool.run(caller.account(), () -> YamlReader.parseObject(bytes))
            : json.parseObject(bytes),
        NamingStyle.SNAKE_CASE);
  }

  private static boolean isYaml(HttpServletRequest request) {
    return MediaType.parseMediaType(request.getContentType())
        .equalsTypeAndSubtype(MediaType.APPLICATION_YAML);
  }

  private @Nullable Integer expectedVersion(Caller caller, HttpServletRequest request, UUID id) {
    return ETags.expectedVersion(request, () -> runbooks.get(caller, id).version());
  }

  /**
   * The strong entity tag. Archiving does not make a version and YAML is a representation of its
   * own, so both are part of the tag.
   *
   * @param representation empty for JSON
   */
  private static String etag(Runbook runbook, String representation) {
    return "\"%d%s%s\""
        .formatted(runbook.version(), runbook.archivedAt() == null ? "" : ".0", representation);
  }

  private static UUID parseId(String id) {
    @Nullable UUID uuid = UuidGenerator.parse(id);
    if (uuid == null) {
      throw ApiException.notFound("Runbook");
    }
    return uuid;
  }
}
