package org.nself.incidents.runbook;

import jakarta.servlet.http.HttpServletRequest;
import java.nio.charset.StandardCharsets;
import org.nself.incidents.account.Caller;
import org.nself.incidents.api.EntityTag;
import org.nself.incidents.api.Query;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** A runbook as a file, to those who accept YAML. */
@RestController
@RequestMapping(path = "/api/v1/runbooks", produces = RunbookYamlRest.YAML)
final class RunbookYamlRest {

  /** RFC 9512. */
  static final String YAML = "application/yaml";

  private final Runbooks runbooks;
  private final RunbookFile file;

  RunbookYamlRest(Runbooks runbooks, RunbookFile file) {
    this.runbooks = runbooks;
    this.file = file;
  }

  @GetMapping("/{id}")
  ResponseEntity<byte[]> get(Caller caller, HttpServletRequest request, @PathVariable String id) {
    Query.none(request);
    Runbook runbook = runbooks.get(caller, RunbookRest.key(id));
    String tag = RunbookRest.tag(runbook);
    return EntityTag.isKnownTo(request, tag)
        ? ResponseEntity.status(HttpStatus.NOT_MODIFIED).eTag(tag).build()
        : ResponseEntity.ok()
            .eTag(tag)
            .varyBy("Accept")
            .body(file.write(runbook).getBytes(StandardCharsets.UTF_8));
  }
}
