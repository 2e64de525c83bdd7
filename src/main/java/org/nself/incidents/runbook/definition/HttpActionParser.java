package org.nself.incidents.runbook.definition;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.outbound.RequestHeaderValidator;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.input.InputReader;

/** Parses the block of a step that sends an HTTP request. */
public final class HttpActionParser {

  private static final int MAX_URL = 2_000;
  public static final int MAX_HEADERS = 50;
  public static final int MAX_HEADER = 4_000;
  private static final int MAX_BODY = 65_536;
  private static final int MAX_STATUSES = 20;
  private static final int MAX_POINTER = 200;

  /** RFC 6901, section 3. */
  private static final Pattern POINTER = Pattern.compile("(/([^~/]|~[01])*)+");

  /** Set by each execution, so that a server can recognize a retry. */
  private static final String IDEMPOTENCY_KEY = "idempotency-key";

  private final InputReader block;

  HttpActionParser(InputReader block) {
    this.block = block;
  }

  Action.Http parse() {
    if (!block.has("method")) {
      block.reject("method", "is required");
    }
    @Nullable HttpMethod method = block.enumValue("method", HttpMethod.class);
    String url = block.requiredString("url", MAX_URL);
    if (!url.isEmpty() && !url.matches("(?s)(?i:https?://).+|\\$\\{.+")) {
      block.reject("url", "must begin with https://, http:// or ${");
    }
    @Nullable List<Integer> expected = block.integers("expectStatus", MAX_STATUSES, 100, 599);
    @Nullable String outputPath = block.string("outputPath", MAX_POINTER);
    if (outputPath != null && !POINTER.matcher(outputPath).matches()) {
      block.reject("outputPath", "must be a JSON Pointer, such as /data/id");
    }
    @Nullable String body = block.string("body", MAX_BODY);
    if (body != null && method != null && method.isSafe()) {
      block.reject("body", "is not allowed with the method " + method);
    }
    Action.Http http =
        new Action.Http(
            method == null ? HttpMethod.GET : method,
            url,
            headers(),
            body,
            expected == null ? List.of() : expected,
            outputPath);
    block.rejectUnknown();
    return http;
  }

  /** An object in REST and in the database; a list of pairs in GraphQL, which has no maps. */
  private Map<String, String> headers() {
    Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    if (block.value("headers") instanceof Map<?, ?> members) {
      @Nullable InputReader object = block.object("headers");
      if (object != null) {
        members
            .keySet()
            .forEach(
                name ->
                    put(
                        headers,
                        block,
                        "headers",
                        "headers",
                        String.valueOf(name),
                        members.get(name)));
      }
    } else {
      @Nullable List<InputReader> pairs = block.objects("headers", MAX_HEADERS);
      if (pairs != null) {
        for (InputReader pair : pairs) {
          put(
              headers,
              pair,
              "name",
              "value",
              pair.requiredString("name", 100),
              pair.value("value"));
          pair.rejectUnknown();
        }
      }
    }
    if (headers.size() > MAX_HEADERS) {
      block.reject("headers", "must have at most " + MAX_HEADERS + " members");
    }
    return headers;
  }

  /**
   * @param nameField the field to blame for the name
   * @param valueField the field to blame for the value
   */
  private static void put(
      Map<String, String> headers,
      InputReader reader,
      String nameField,
      String valueField,
      String name,
      @Nullable Object value) {
    if (!RequestHeaderValidator.isName(name)) {
      reader.reject(
          nameField, "the name %s is not valid in HTTP".formatted(ApiException.excerpt(name)));
    } else if (RequestHeaderValidator.isReserved(name) || name.equalsIgnoreCase(IDEMPOTENCY_KEY)) {
      reader.reject(nameField, "cannot set " + name + ", because the service sets it");
    } else if (!(value instanceof String text)
        || !RequestHeaderValidator.isValue(text)
        || text.length() > MAX_HEADER) {
      reader.reject(
          valueField,
          "%s must be text of up to 4,000 ASCII characters without line breaks".formatted(name));
    } else if (headers.putIfAbsent(name, text) != null) {
      reader.reject(nameField, name + " is given more than once");
    }
  }
}
