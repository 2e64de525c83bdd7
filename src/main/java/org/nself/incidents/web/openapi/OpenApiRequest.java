package org.nself.incidents.web.openapi;

import io.swagger.v3.oas.models.media.JsonSchema;
import io.swagger.v3.oas.models.media.Schema;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.error.FieldError;
import org.nself.incidents.web.input.InputReader;

/**
 * The members of a request, its body or its query parameters, learned from the code that reads
 * them: which there are, which are required, which may be null, and what each accepts.
 *
 * <pre>{@code
 * OpenApiRequest.read(input -> OpenIncident.read(input, clock))
 *     .inTheWordsOf("OpenIncidentInput")
 *     .example("""
 *         {"title": "Checkout is down"}""")
 * }</pre>
 */
public final class OpenApiRequest {

  private final Consumer<InputReader> reader;
  private final List<Map<String, ?>> samples = new ArrayList<>();
  private final Map<String, Consumer<Schema<?>>> changes = new LinkedHashMap<>();
  private final List<String> required = new ArrayList<>();
  private @Nullable String source;
  private @Nullable String example;

  private OpenApiRequest(Consumer<InputReader> reader) {
    this.reader = reader;
    samples.add(Map.of());
  }

  /**
   * @param reader what a handler does with the input before it checks it; it is called with inputs
   *     that are empty or have one null, and what it returns means nothing
   */
  public static OpenApiRequest read(Consumer<InputReader> reader) {
    return new OpenApiRequest(reader);
  }

  /** Names the GraphQL type whose fields of the same names describe the members. */
  public OpenApiRequest inTheWordsOf(String graphqlType) {
    this.source = graphqlType;
    return this;
  }

  /**
   * Values that make the reader ask for more members than it asks of an empty input, such as the
   * block that goes with a kind.
   */
  public OpenApiRequest sample(Map<String, ?> values) {
    samples.add(values);
    return this;
  }

  /**
   * Describes a member in other words.
   *
   * @param name with dots into objects and lists of objects, such as {@code steps.http.url}
   */
  public OpenApiRequest member(String name, String description) {
    return member(name, schema -> schema.description(description));
  }

  /**
   * Says of a member what its reading does not show.
   *
   * @param name as in {@link #member(String, String)}
   */
  public OpenApiRequest member(String name, Consumer<Schema<?>> change) {
    changes.merge(name, change, Consumer::andThen);
    return this;
  }

  /**
   * Says that a member is required, where it is not read by a method that says so.
   *
   * @param name as in {@link #member(String, String)}
   */
  public OpenApiRequest required(String name) {
    required.add(name);
    return this;
  }

  /** A body that the service accepts. */
  public OpenApiRequest example(String json) {
    this.example = json;
    return this;
  }

  @Nullable String example() {
    return example;
  }

  /**
   * The members of a query, which cannot be null.
   *
   * @throws IllegalStateException where a member is described that is not read
   */
  Map<String, Schema<?>> parameters(OpenApiModels models, SchemaDescriptions words) {
    OpenApiProperties members = new OpenApiProperties(models);
    samples.forEach(sample -> violations(sample, members));
    Map<String, Schema<?>> parameters = new LinkedHashMap<>();
    schema(members, words).getProperties().forEach(parameters::put);
    return parameters;
  }

  /**
   * The members of a body, as a closed object.
   *
   * @throws IllegalStateException where a member is described that is not read
   */
  JsonSchema body(OpenApiModels models, SchemaDescriptions words) {
    OpenApiProperties members = new OpenApiProperties(models);
    samples.forEach(sample -> violations(sample, members));
    required.forEach(name -> members.holding(name).require(last(name)));
    List<FieldError> usual = violations(Map.of(), new OpenApiProperties(models));
    for (String name : List.copyOf(members.names())) {
      Map<String, @Nullable Object> values = new HashMap<>();
      values.put(name, null);
      if (!members.required().contains(name)
          && usual.containsAll(violations(values, new OpenApiProperties(models)))) {
        members.allowNull(name);
      }
    }
    return schema(members, words);
  }

  private JsonSchema schema(OpenApiProperties members, SchemaDescriptions words) {
    JsonSchema object = members.schema(words, source);
    changes.forEach((name, change) -> change.accept(member(object, name)));
    return object;
  }

  private static String last(String path) {
    return path.substring(path.lastIndexOf('.') + 1);
  }

  private static Schema<?> member(Schema<?> object, String path) {
    Schema<?> found = object;
    for (String name : path.split("\\.", -1)) {
      Schema<?> holder = found.getItems() == null ? found : found.getItems();
      @Nullable Schema<?> member =
          holder.getProperties() == null ? null : holder.getProperties().get(name);
      if (member == null) {
        throw new IllegalStateException("The document describes " + path + ", which is not read");
      }
      found = member;
    }
    return found;
  }

  private List<FieldError> violations(
      Map<String, ? extends @Nullable Object> values, OpenApiProperties members) {
    OpenApiInput input = new OpenApiInput(values, members);
    reader.accept(input);
    return input.errors();
  }
}
