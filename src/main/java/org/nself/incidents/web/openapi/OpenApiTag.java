package org.nself.incidents.web.openapi;

import io.swagger.v3.oas.models.PathItem.HttpMethod;
import io.swagger.v3.oas.models.security.SecurityScheme;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What the OpenAPI document says of a feature's routes beyond what their handlers show. Paths,
 * methods, media types and the records that are answered come from the handlers; a bean of this
 * type adds the words, the parameters, the bodies and the statuses. To describe new routes, make
 * one in a class {@code …OpenApi} beside the {@code …Rest}:
 *
 * <pre>{@code
 * OpenApiFeature runbooks = new OpenApiFeature("runbooks", "What to do, step by step.");
 * runbooks
 *     .post("/api/v1/runbooks", "createRunbook", "Create a runbook")
 *     .says("Needs the role admin.")
 *     .body("CreateRunbook", OpenApiRequest.read(input -> CreateRunbook.read(input, …))
 *         .inTheWordsOf("CreateRunbookInput"))
 *     .idempotent()
 *     .answers(201, "The runbook, created.", "ETag", "Location");
 * }</pre>
 *
 * <p>A test fails for a route that no feature describes, and for one described that is not there.
 */
public final class OpenApiTag {

  private final String tag;
  private final String description;
  private final List<OpenApiOperation> operations = new ArrayList<>();
  private final Map<String, SecurityScheme> securitySchemes = new LinkedHashMap<>();
  private final Map<Class<?>, String> names = new LinkedHashMap<>();

  /**
   * @param tag groups the operations; generators make a class of it
   */
  public OpenApiTag(String tag, String description) {
    this.tag = tag;
    this.description = description;
  }

  /**
   * @param path as the handler's mapping has it
   * @param id what generators call the method; never to be changed
   * @param summary a few words without a full stop
   */
  public OpenApiOperation get(String path, String id, String summary) {
    return operation(HttpMethod.GET, path, id, summary);
  }

  /** As {@link #get}. */
  public OpenApiOperation post(String path, String id, String summary) {
    return operation(HttpMethod.POST, path, id, summary);
  }

  /** As {@link #get}. */
  public OpenApiOperation patch(String path, String id, String summary) {
    return operation(HttpMethod.PATCH, path, id, summary);
  }

  /** As {@link #get}. */
  public OpenApiOperation delete(String path, String id, String summary) {
    return operation(HttpMethod.DELETE, path, id, summary);
  }

  private OpenApiOperation operation(HttpMethod method, String path, String id, String summary) {
    OpenApiOperation operation = new OpenApiOperation(method, path, id, summary);
    operations.add(operation);
    return operation;
  }

  /**
   * Names the schema of a record or an enum, where its own simple name would not do: it must be
   * unique in the document, and a GraphQL type of the name describes it.
   */
  public OpenApiTag called(Class<?> type, String name) {
    names.put(type, name);
    return this;
  }

  /** A way to show who is calling; each operation that is not open takes any of them. */
  public void securityScheme(String name, SecurityScheme scheme) {
    securitySchemes.put(name, scheme);
  }

  String tag() {
    return tag;
  }

  String description() {
    return description;
  }

  List<OpenApiOperation> operations() {
    return operations;
  }

  Map<Class<?>, String> names() {
    return names;
  }

  Map<String, SecurityScheme> securitySchemes() {
    return securitySchemes;
  }
}
