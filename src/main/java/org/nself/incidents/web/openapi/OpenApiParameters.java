package org.nself.incidents.web.openapi;

import io.swagger.v3.oas.models.media.JsonSchema;
import io.swagger.v3.oas.models.media.Schema;
import io.swagger.v3.oas.models.parameters.Parameter;
import io.swagger.v3.oas.models.parameters.Parameter.StyleEnum;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.database.IdempotencyRequest;
import org.nself.incidents.web.RestHeaders;

/** The parameters of an operation: in its path, in its query and in its headers. */
final class OpenApiParameters {

  private final OpenApiModels models;
  private final SchemaDescriptions words;

  OpenApiParameters(OpenApiModels models, SchemaDescriptions words) {
    this.models = models;
    this.words = words;
  }

  List<Parameter> of(OpenApiOperation operation) {
    List<Parameter> parameters = new ArrayList<>();
    operation
        .pathParameters()
        .forEach(
            (name, description) ->
                parameters.add(parameter("path", name, description, text()).required(true)));
    @Nullable OpenApiRequest query = operation.query();
    if (query != null) {
      query
          .parameters(models, words)
          .forEach((name, schema) -> parameters.add(inQuery(name, schema)));
    }
    if (operation.isIdempotent()) {
      parameters.add(
          parameter(
              "header",
              "Idempotency-Key",
              "Sending the same request again under the same key gives the same result and does"
                  + " nothing more; kept for 24 hours at least. Another request under the key is"
                  + " refused with `idempotency_mismatch`.",
              text()
                  .minLength(1)
                  .maxLength(IdempotencyRequest.MAX_KEY_LENGTH)
                  .pattern("^(?:" + RestHeaders.IDEMPOTENCY_KEY + ")$")));
    }
    if (operation.hasIfMatch()) {
      parameters.add(
          parameter(
              "header",
              "If-Match",
              "The `ETag` that it was read with: do it only while nothing else has changed it"
                  + " since; else 412.",
              text()));
    }
    if (operation.hasIfNoneMatch()) {
      parameters.add(
          parameter(
              "header",
              "If-None-Match",
              "The `ETag` of what the caller has already: where that is still so, the answer is"
                  + " 304.",
              text()));
    }
    if (operation.isStreamed()) {
      parameters.add(
          parameter(
              "header",
              "Last-Event-ID",
              "With Server-Sent Events, the `id` of the last one that the caller got; it counts"
                  + " before what the query says. Browsers send it when they connect again.",
              text()));
    }
    return parameters;
  }

  private static Parameter parameter(
      String in, String name, @Nullable String description, Schema<?> schema) {
    return new Parameter().in(in).name(name).description(description).schema(schema);
  }

  private static Schema<?> text() {
    return new JsonSchema().typesItem("string");
  }

  private static Parameter inQuery(String name, Schema<?> schema) {
    Parameter parameter = parameter("query", name, schema.getDescription(), schema);
    schema.setDescription(null);
    if (isOf(schema, "array")) {
      return parameter.style(StyleEnum.FORM).explode(false);
    }
    if (isOf(schema, "object")) {
      // As Query reads it: name.MEMBER=value, a parameter for each member.
      Schema<?> names = schema.getPropertyNames();
      if (names != null) {
        names.setPattern(names.getPattern().replace("^", "^" + name + "\\."));
      }
      return parameter.style(StyleEnum.FORM).explode(true);
    }
    return parameter;
  }

  private static boolean isOf(Schema<?> schema, String type) {
    return schema.getTypes() != null && schema.getTypes().contains(type);
  }
}
