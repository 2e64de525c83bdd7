package org.nself.incidents.web.openapi;

import io.swagger.v3.oas.models.media.JsonSchema;
import io.swagger.v3.oas.models.media.Schema;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The members of an object that an {@link OpenApiInput} was asked for, with what they accept. */
final class OpenApiProperties {

  private final OpenApiModels models;
  private final boolean within;
  private final Map<String, Schema<?>> schemas = new LinkedHashMap<>();
  private final Map<String, OpenApiProperties> nested = new HashMap<>();
  private final Set<String> required = new LinkedHashSet<>();
  private final Set<String> nullable = new LinkedHashSet<>();
  private final Set<String> withNullMembers = new LinkedHashSet<>();

  OpenApiProperties(OpenApiModels models) {
    this(models, false);
  }

  /**
   * @param within whether the object is a member of another; null in it means what absent means
   */
  private OpenApiProperties(OpenApiModels models, boolean within) {
    this.models = models;
    this.within = within;
  }

  Set<String> names() {
    return schemas.keySet();
  }

  Set<String> required() {
    return required;
  }

  /** A member of which nothing else may be said later. */
  void mention(String name) {
    schemas.putIfAbsent(name, new JsonSchema());
  }

  void note(String name, Schema<?> schema) {
    schemas.put(name, schema);
  }

  void require(String name) {
    required.add(name);
  }

  void allowNull(String name) {
    nullable.add(name);
  }

  void allowNullMembers(String name) {
    withNullMembers.add(name);
  }

  <E extends Enum<E>> Schema<?> oneOf(List<E> accepted) {
    return models.oneOf(accepted);
  }

  /**
   * The members among which a path ends: of this object, or of one within.
   *
   * @param path such as {@code steps.http.url}
   */
  OpenApiProperties holding(String path) {
    int dot = path.indexOf('.');
    if (dot < 0) {
      return this;
    }
    @Nullable OpenApiProperties inner = nested.get(path.substring(0, dot));
    if (inner == null) {
      throw new IllegalStateException("The document describes " + path + ", which is not read");
    }
    return inner.holding(path.substring(dot + 1));
  }

  /** The members of a member that is an object. */
  OpenApiProperties nested(String name) {
    note(name, new JsonSchema().typesItem("object"));
    return nested.computeIfAbsent(name, _ -> new OpenApiProperties(models, true));
  }

  /** The members of each item of a member that is a list of objects. */
  OpenApiProperties nestedItem(String name, int maxItems) {
    note(name, new JsonSchema().typesItem("array").maxItems(maxItems));
    return nested.computeIfAbsent(name, _ -> new OpenApiProperties(models, true));
  }

  /**
   * The object that these members make, closed to others.
   *
   * @param source the GraphQL type whose fields say what the members are for; null for none
   */
  JsonSchema schema(SchemaDescriptions words, @Nullable String source) {
    JsonSchema object = new JsonSchema();
    object.typesItem("object");
    schemas.forEach(
        (name, schema) -> object.addProperty(name, member(name, schema, words, source)));
    required.forEach(object::addRequiredItem);
    object.additionalProperties(false);
    return object;
  }

  private Schema<?> member(
      String name, Schema<?> schema, SchemaDescriptions words, @Nullable String source) {
    @Nullable OpenApiProperties inner = nested.get(name);
    if (inner != null) {
      Schema<?> object = inner.schema(words, words.typeOfField(source, name));
      if (schema.getTypes().contains("array")) {
        schema.items(object);
      } else {
        schema = object;
      }
    }
    if (withNullMembers.contains(name)
        && schema.getAdditionalProperties() instanceof Schema<?> value) {
      value.typesItem("null");
    }
    boolean orNull = nullable.contains(name) || (within && !required.contains(name));
    Schema<?> member = orNull ? OpenApiModels.orNull(schema) : schema;
    return member.description(words.field(source, name));
  }
}
