package org.nself.incidents.web;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Objects;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.springframework.core.io.ClassPathResource;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.util.function.SingletonSupplier;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.json.JsonMapper;

/** Serves {@code schema/openapi.yaml}, as YAML and as JSON. */
@RestController
final class OpenApiController {

  private static final ClassPathResource FILE = new ClassPathResource("graphql/openapi.yaml");

  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  private record Document(byte[] bytes, String etag) {}

  private final SingletonSupplier<Document> yaml = SingletonSupplier.of(OpenApiController::yaml);
  private final SingletonSupplier<Document> json;

  OpenApiController(JsonMapper mapper) {
    this.json = SingletonSupplier.of(() -> json(mapper));
  }

  @GetMapping(path = "/openapi.yaml", produces = MediaType.APPLICATION_YAML_VALUE)
  ResponseEntity<byte[]> asYaml() {
    return response(yaml.obtain());
  }

  @GetMapping(path = "/openapi.json", produces = MediaType.APPLICATION_JSON_VALUE)
  ResponseEntity<byte[]> asJson() {
    return response(json.obtain());
  }

  /** Spring answers 304 if the request's {@code If-None-Match} has this ETag. */
  private static ResponseEntity<byte[]> response(Document document) {
    return ResponseEntity.ok().eTag(document.etag()).body(document.bytes());
  }

  private static Document yaml() {
    try {
      return document(FILE.getContentAsByteArray());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Document json(JsonMapper mapper) {
    String text = new String(yaml().bytes(), StandardCharsets.UTF_8);
    Object parsed = new Load(LoadSettings.builder().build()).loadFromString(text);
    return document(mapper.writeValueAsBytes(Objects.requireNonNull(parsed)));
  }

  private static Document document(byte[] bytes) {
    try {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(bytes);
      return new Document(bytes, "\"" + HexFormat.of().formatHex(hash, 0, 16) + "\"");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java has SHA-256", e);
    }
  }
}
