package org.nself.incidents.runbook;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.database.UuidGenerator;
import org.nself.incidents.runbook.definition.Definition;
import org.nself.incidents.runbook.definition.DefinitionParser;
import org.nself.incidents.runbook.definition.YamlReader;
import org.nself.incidents.security.Caller;
import org.nself.incidents.web.ETags;
import org.nself.incidents.web.RestHeaders;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.input.InputReader;
import org.nself.incidents.web.input.NamingStyle;
import org.nself.incidents.web.input.QueryParameters;
import org.nself.incidents.web.input.StrictJson;
import org.nself.incidents.web.paging.Page;
import org.nself.incidents.web.paging.PageRequest;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PatchMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** Runbooks in REST. */
@RestController
@RequestMapping(path = "/api/v1/runbooks", produces = "application/json")
final class RunbookController {

  private static final MediaType YAML = MediaType.parseMediaType(RunbookYamlController.YAML);

  private final RunbookService runbooks;
  private final DefinitionParser reader;
  private final StrictJson json;

  RunbookController(RunbookService runbooks, DefinitionParser reader, StrictJson json) {
    this.runbooks = runbooks;
    this.reader = reader;
    this.json = json;
  }

  @JsonClassDescription("A page of runbooks.")
  record RunbookList(
      @JsonPropertyDescription("The runbooks.") List<Runbook> runbooks,
      @JsonPropertyDescription("To be given as `cursor` to go on; null on the last page.")
          @Nullable String nextCursor) {}

  @JsonClassDescription("Versions of a runbook, newest first.")
  record VersionList(
      @JsonPropertyDescription("The versions.") List<Version> versions,
      @JsonPropertyDescription("To be given as `before` to go on; null where nothing follows.")
          @Nullable Integer nextBefore) {}

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
  RunbookList list(Caller caller, HttpServletRequest request) {
    InputReader query = QueryParameters.read(request, Set.of("key"), Set.of("limit"), Set.of());
    ListQuery wanted = ListQuery.read(query);
    query.check();
    Page<Runbook> page = runbooks.list(caller, wanted.filter(), wanted.page());
    return new RunbookList(
        page.items(),
        page.hasNext() ? RunbookQueries.cursor(caller.account(), page.items().getLast()) : null);
  }

  @PostMapping(consumes = {"application/json", RunbookYamlController.YAML})
  ResponseEntity<Runbook> create(
      Caller caller, HttpServletRequest request, @RequestBody byte[] body) {
    InputReader input = input(request, body);
    CreateRunbook command = CreateRunbook.read(input, reader);
    input.check();
    Runbook runbook = runbooks.create(caller, command, RestHeaders.idempotencyKey(request));
    return ResponseEntity.status(HttpStatus.CREATED)
        .header("Location", RestHeaders.location(request, "/api/v1/runbooks/" + runbook.id()))
        .eTag(ETags.of(runbook.version()))
        .body(runbook);
  }

  @GetMapping("/{id}")
  ResponseEntity<Runbook> get(Caller caller, HttpServletRequest request, @PathVariable String id) {
    QueryParameters.rejectAny(request);
    Runbook runbook = runbooks.get(caller, key(id));
    String tag = tag(runbook);
    return ETags.matchesIfNoneMatch(request, tag)
        ? ResponseEntity.status(HttpStatus.NOT_MODIFIED).eTag(tag).build()
        : ResponseEntity.ok().eTag(tag).body(runbook);
  }

  @GetMapping("/{id}/versions")
  VersionList versions(Caller caller, HttpServletRequest request, @PathVariable String id) {
    InputReader query =
        QueryParameters.read(request, Set.of(), Set.of("before", "limit"), Set.of());
    VersionsQuery wanted = VersionsQuery.read(query);
    query.check();
    UUID runbook = runbooks.get(caller, key(id)).id();
    List<RunbookVersion> versions =
        runbooks
            .versions(caller, List.of(runbook), wanted.before(), wanted.size() + 1)
            .getOrDefault(runbook, List.of());
    boolean more = versions.size() > wanted.size();
    List<RunbookVersion> shown = more ? versions.subList(0, wanted.size()) : versions;
    return new VersionList(
        shown.stream().map(Version::of).toList(),
        more ? (Integer) shown.getLast().version() : null);
  }

  @PatchMapping(
      path = "/{id}",
      consumes = {"application/json", "application/merge-patch+json", RunbookYamlController.YAML})
  ResponseEntity<Runbook> update(
      Caller caller,
      HttpServletRequest request,
      @PathVariable String id,
      @RequestBody byte[] body) {
    InputReader input = input(request, body);
    UUID key = key(id);
    UpdateRunbook command =
        UpdateRunbook.readPatch(input, reader, key, expectedVersion(caller, request, key));
    input.check();
    Runbook runbook = runbooks.update(caller, command, RestHeaders.idempotencyKey(request));
    return ResponseEntity.ok().eTag(tag(runbook)).body(runbook);
  }

  /** Archives. The answer is the runbook, which can still be read. */
  @DeleteMapping("/{id}")
  ResponseEntity<Runbook> archive(
      Caller caller, HttpServletRequest request, @PathVariable String id) {
    QueryParameters.rejectAny(request);
    UUID key = key(id);
    Runbook runbook =
        runbooks.archive(
            caller,
            new ArchiveRunbook(key, expectedVersion(caller, request, key)),
            RestHeaders.idempotencyKey(request));
    return ResponseEntity.ok().eTag(tag(runbook)).body(runbook);
  }

  private InputReader input(HttpServletRequest request, byte[] body) {
    boolean yaml = MediaType.parseMediaType(request.getContentType()).equalsTypeAndSubtype(YAML);
    return new InputReader(
        yaml ? YamlReader.object(body) : json.parseObject(body), NamingStyle.SNAKE_CASE);
  }

  private @Nullable Integer expectedVersion(Caller caller, HttpServletRequest request, UUID id) {
    return ETags.expectedVersion(request, () -> runbooks.get(caller, id).version());
  }

  /** Archiving makes no version, so that the tag says it besides. */
  static String tag(Runbook runbook) {
    return runbook.archivedAt() == null
        ? ETags.of(runbook.version())
        : "\"" + runbook.version() + ".0\"";
  }

  static UUID key(String id) {
    @Nullable UUID uuid = UuidGenerator.parse(id);
    if (uuid == null) {
      throw ApiException.notFound("Runbook");
    }
    return uuid;
  }
}
