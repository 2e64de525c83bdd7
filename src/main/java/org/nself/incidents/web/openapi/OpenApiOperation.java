package org.nself.incidents.web.openapi;

import io.swagger.v3.oas.models.PathItem.HttpMethod;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.error.ErrorCode;

/** What the OpenAPI document says of one route; made by {@link OpenApiTag}. */
public final class OpenApiOperation {

  /** What an answer holds. */
  sealed interface Held {}

  /** What the handler returns. */
  record OfHandler() implements Held {}

  record Nothing() implements Held {}

  /**
   * Something that is no record.
   *
   * @param type of JSON Schema
   */
  record Other(String mediaType, String type) implements Held {}

  /** An answer that is no problem. */
  record Answer(String description, List<String> headers, Held held) {}

  /**
   * A request body.
   *
   * @param name of its schema
   */
  record Body(String name, OpenApiRequest members) {}

  private final HttpMethod method;
  private final String path;
  private final String id;
  private final String summary;
  private final Map<String, String> pathParameters = new LinkedHashMap<>();
  private final Map<Integer, Answer> answers = new TreeMap<>();
  private final Map<ErrorCode, String> problems = new TreeMap<>();
  private @Nullable String description;
  private @Nullable OpenApiRequest query;
  private @Nullable Body body;
  private boolean open;
  private boolean idempotent;
  private boolean ifMatch;
  private boolean ifNoneMatch;
  private boolean streamed;
  private @Nullable String otherForm;

  OpenApiOperation(HttpMethod method, String path, String id, String summary) {
    this.method = method;
    this.path = path;
    this.id = id;
    this.summary = summary;
  }

  /** Says in Markdown what the summary does not: edges, effects, the role that is needed. */
  public OpenApiOperation says(String description) {
    this.description = description.strip();
    return this;
  }

  /** Describes a variable of the path. */
  public OpenApiOperation path(String name, String description) {
    pathParameters.put(name, description);
    return this;
  }

  public OpenApiOperation query(OpenApiRequest parameters) {
    this.query = parameters;
    return this;
  }

  /**
   * @param name of the schema, unique in the document: the name of the command
   */
  public OpenApiOperation body(String name, OpenApiRequest members) {
    this.body = new Body(name, members);
    return this;
  }

  /** Takes no credentials. */
  public OpenApiOperation open() {
    this.open = true;
    return this;
  }

  /** Honours {@code Idempotency-Key}. */
  public OpenApiOperation idempotent() {
    this.idempotent = true;
    return this;
  }

  /** Honours {@code If-Match}. */
  public OpenApiOperation ifMatch() {
    this.ifMatch = true;
    return this;
  }

  /** Honours {@code If-None-Match}: answers 304 with the {@code ETag}. */
  public OpenApiOperation ifNoneMatch() {
    this.ifNoneMatch = true;
    return answersNothing(304, "What `If-None-Match` names is still so.", "ETag");
  }

  /** Answers 200 with Server-Sent Events too, to those who accept them. */
  public OpenApiOperation streamed() {
    this.streamed = true;
    return this;
  }

  /** Answers 200 as text of another media type too, to those who accept it. */
  public OpenApiOperation alsoAs(String mediaType) {
    this.otherForm = mediaType;
    return this;
  }

  /**
   * Answers what the handler returns.
   *
   * @param headers names of headers that come with it
   */
  public OpenApiOperation answers(int status, String description, String... headers) {
    return answers(status, new Answer(description, List.of(headers), new OfHandler()));
  }

  /** Answers text of another media type than JSON. */
  public OpenApiOperation answersText(int status, String mediaType, String description) {
    return answers(status, new Answer(description, List.of(), new Other(mediaType, "string")));
  }

  /** Answers a JSON object of which no more is said. */
  public OpenApiOperation answersObject(int status, String description) {
    return answers(
        status, new Answer(description, List.of(), new Other("application/json", "object")));
  }

  /** Answers without a body. */
  public OpenApiOperation answersNothing(int status, String description, String... headers) {
    return answers(status, new Answer(description, List.of(headers), new Nothing()));
  }

  private OpenApiOperation answers(int status, Answer answer) {
    answers.put(status, answer);
    return this;
  }

  /**
   * Answers a problem that is not among those that follow from the rest: 401, 403 and 503 where it
   * is not open, 404 where the path has a variable, 400 where something is read, 413, 415 and 422
   * with a body, 412 with {@code If-Match}.
   *
   * @param when what makes it so, a sentence
   */
  public OpenApiOperation refuses(ErrorCode code, String when) {
    problems.put(code, when);
    return this;
  }

  HttpMethod method() {
    return method;
  }

  String path() {
    return path;
  }

  String id() {
    return id;
  }

  String summary() {
    return summary;
  }

  @Nullable String description() {
    return description;
  }

  Map<String, String> pathParameters() {
    return pathParameters;
  }

  @Nullable OpenApiRequest query() {
    return query;
  }

  @Nullable Body body() {
    return body;
  }

  boolean isOpen() {
    return open;
  }

  boolean isIdempotent() {
    return idempotent;
  }

  boolean hasIfMatch() {
    return ifMatch;
  }

  boolean hasIfNoneMatch() {
    return ifNoneMatch;
  }

  @Nullable String otherForm() {
    return otherForm;
  }

  boolean isStreamed() {
    return streamed;
  }

  Map<Integer, Answer> answers() {
    return answers;
  }

  Map<ErrorCode, String> problems() {
    return problems;
  }
}
