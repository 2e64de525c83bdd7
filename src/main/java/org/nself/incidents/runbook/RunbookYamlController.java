package org.nself.incidents.runbook;

import jakarta.servlet.http.HttpServletRequest;
import java.nio.charset.StandardCharsets;
import org.nself.incidents.security.Caller;
import org.nself.incidents.web.ETags;
import org.nself.incidents.web.input.QueryParameters;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** A runbook as a file, to those who accept YAML. */
@RestController
@RequestMapping(path = "/api/v1/runbooks", produces = RunbookYamlController.YAML)
final class RunbookYamlController {

  /** RFC 9512. */
  static final String YAML = "application/yaml";

  private final RunbookService runbooks;
  private final RunbookYamlWriter file;

  RunbookYamlController(RunbookService runbooks, RunbookYamlWriter file) {
    this.runbooks = runbooks;
    this.file = file;
  }

  @GetMapping("/{id}")
  ResponseEntity<byte[]> get(Caller caller, HttpServletRequest request, @PathVariable String id) {
    QueryParameters.rejectAny(request);
    Runbook runbook = runbooks.get(caller, RunbookController.key(id));
    String tag = RunbookController.tag(runbook);
    return ETags.matchesIfNoneMatch(request, tag)
        ? ResponseEntity.status(HttpStatus.NOT_MODIFIED).eTag(tag).build()
        : ResponseEntity.ok()
            .eTag(tag)
            .varyBy("Accept")
            .body(file.write(runbook).getBytes(StandardCharsets.UTF_8));
  }
}
