package org.nself.incidents.web.openapi;

import io.swagger.v3.oas.models.Components;
import io.swagger.v3.oas.models.headers.Header;
import io.swagger.v3.oas.models.media.Content;
import io.swagger.v3.oas.models.media.JsonSchema;
import io.swagger.v3.oas.models.media.MediaType;
import io.swagger.v3.oas.models.media.Schema;
import io.swagger.v3.oas.models.responses.ApiResponse;
import io.swagger.v3.oas.models.responses.ApiResponses;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.error.ProblemDetailBody;

/** The responses of an operation: what it answers, and the problems that it may have. */
final class OpenApiResponses {

  private static final String COMPONENT = "#/components/responses/";

  private static final Map<String, String> HEADERS =
      Map.of(
          "ETag",
          "Names what was answered as it is now, for `If-Match` and `If-None-Match`.",
          "Location",
          "The path of what was made, with the prefix under which a gateway serves it.",
          "WWW-Authenticate",
          "`Bearer`.",
          "Retry-After",
          "How many seconds to wait before trying again.",
          "X-Hasura-Role",
          "The role of the caller.",
          "X-Hasura-User-Id",
          "Who is calling.",
          "X-Hasura-Source-Account-Id",
          "The account of the caller.");

  /** The problems that need no words of an operation's own. */
  private enum Shared {
    MALFORMED("400", "Malformed", "The request cannot be read: code `invalid`."),
    UNAUTHENTICATED(
        "401", "Unauthenticated", "Credentials are missing or wrong.", "WWW-Authenticate"),
    FORBIDDEN("403", "Forbidden", "The role may not do this, or the credentials name no account."),
    NOT_FOUND("404", "NotFound", "There is no such thing in the caller's account."),
    PRECONDITION_FAILED("412", "PreconditionFailed", "It is not as `If-Match` says any more."),
    TOO_LARGE("413", "TooLarge", "The body has more than 1 MiB."),
    UNSUPPORTED_MEDIA_TYPE("415", "UnsupportedMediaType", "The `Content-Type` is not read here."),
    INVALID(
        "422",
        "Invalid",
        "The request can be read and has wrong values, each of them named in `errors`: code"
            + " `invalid`. Or the `Idempotency-Key` was used for another request: code"
            + " `idempotency_mismatch`."),
    UNAVAILABLE(
        "503", "Unavailable", "The database is away, or the service is draining.", "Retry-After"),
    OTHER("default", "Other", "Any other problem.");

    private final String status;
    private final String component;
    private final String description;
    private final @Nullable String header;

    Shared(String status, String component, String description) {
      this(status, component, description, null);
    }

    Shared(String status, String component, String description, @Nullable String header) {
      this.status = status;
      this.component = component;
      this.description = description;
      this.header = header;
    }

    private ApiResponse response() {
      ApiResponse response = problem(description);
      return header == null ? response : response.addHeaderObject(header, header(header));
    }
  }

  private OpenApiResponses() {}

  static void addTo(Components components) {
    for (Shared shared : Shared.values()) {
      components.addResponses(shared.component, shared.response());
    }
  }

  /**
   * The responses of an operation.
   *
   * @param handler what the handler's return type gave
   */
  static ApiResponses of(OpenApiOperation operation, @Nullable Content handler) {
    Map<String, ApiResponse> responses = new LinkedHashMap<>();
    operation
        .answers()
        .forEach((status, answer) -> responses.put(status + "", of(answer, handler)));
    @Nullable String otherForm =
        operation.isStreamed() ? "text/event-stream" : operation.otherForm();
    if (otherForm != null) {
      ApiResponse answered = Objects.requireNonNull(responses.get("200"));
      answered
          .getContent()
          .addMediaType(otherForm, new MediaType().schema(new JsonSchema().typesItem("string")));
    }
    if (!operation.isOpen()) {
      add(
          responses,
          Shared.MALFORMED,
          Shared.UNAUTHENTICATED,
          Shared.FORBIDDEN,
          Shared.UNAVAILABLE);
    }
    if (!operation.pathParameters().isEmpty()) {
      add(responses, Shared.NOT_FOUND);
    }
    if (operation.hasIfMatch()) {
      add(responses, Shared.PRECONDITION_FAILED);
    }
    if (operation.body() != null) {
      add(responses, Shared.TOO_LARGE, Shared.UNSUPPORTED_MEDIA_TYPE, Shared.INVALID);
    } else if (operation.isIdempotent()) {
      add(responses, Shared.INVALID);
    }
    operation.problems().forEach((code, when) -> responses.put(code.status() + "", problem(when)));
    add(responses, Shared.OTHER);
    ApiResponses sorted = new ApiResponses();
    responses.entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .forEach(response -> sorted.addApiResponse(response.getKey(), response.getValue()));
    return sorted;
  }

  private static void add(Map<String, ApiResponse> responses, Shared... problems) {
    for (Shared problem : problems) {
      responses.putIfAbsent(problem.status, new ApiResponse().$ref(COMPONENT + problem.component));
    }
  }

  private static ApiResponse of(OpenApiOperation.Answer answer, @Nullable Content handler) {
    ApiResponse response = new ApiResponse().description(answer.description());
    answer.headers().forEach(name -> response.addHeaderObject(name, header(name)));
    return switch (answer.held()) {
      case OpenApiOperation.OfHandler() ->
          response.content(Objects.requireNonNull(handler, "The handler answers nothing"));
      case OpenApiOperation.Nothing() -> response;
      case OpenApiOperation.Other(String mediaType, String type) ->
          response.content(content(mediaType, new JsonSchema().typesItem(type)));
    };
  }

  private static Header header(String name) {
    return new Header()
        .required(true)
        .description(Objects.requireNonNull(HEADERS.get(name), name))
        .schema(new JsonSchema().typesItem(name.equals("Retry-After") ? "integer" : "string"));
  }

  private static ApiResponse problem(String description) {
    return new ApiResponse()
        .description(description)
        .content(
            content(
                ProblemDetailBody.MEDIA_TYPE, OpenApiModels.reference(ProblemDetailBody.MODEL)));
  }

  private static Content content(String mediaType, Schema<?> schema) {
    return new Content().addMediaType(mediaType, new MediaType().schema(schema));
  }
}
