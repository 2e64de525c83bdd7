package org.nself.incidents.web.openapi;

import com.fasterxml.jackson.core.JsonProcessingException;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Locale;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.springdoc.webmvc.api.OpenApiWebMvcResource;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * Serves the OpenAPI document. springdoc makes it at the first request and would write it again at
 * every one; it is the same for everybody, so its bytes are kept.
 */
@RestController
final class OpenApiController {

  static final String PATH = "/openapi.json";

  private final OpenApiWebMvcResource springdoc;
  private final ReentrantLock making = new ReentrantLock();
  private volatile byte @Nullable [] document;

  OpenApiController(OpenApiWebMvcResource springdoc) {
    this.springdoc = springdoc;
  }

  @GetMapping(path = PATH, produces = MediaType.APPLICATION_JSON_VALUE)
  ResponseEntity<byte[]> document(HttpServletRequest request) throws JsonProcessingException {
    byte @Nullable [] made = document;
    return ResponseEntity.ok(made == null ? make(request) : made);
  }

  private byte[] make(HttpServletRequest request) throws JsonProcessingException {
    making.lock();
    try {
      byte @Nullable [] made = document;
      if (made == null) {
        made = springdoc.openapiJson(request, PATH, Locale.ENGLISH);
        document = made;
      }
      return made;
    } finally {
      making.unlock();
    }
  }
}
