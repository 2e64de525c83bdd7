package org.nself.incidents.web.openapi;

import io.swagger.v3.core.converter.AnnotatedType;
import io.swagger.v3.core.converter.ModelConverters;
import io.swagger.v3.oas.models.Components;
import io.swagger.v3.oas.models.OpenAPI;
import io.swagger.v3.oas.models.Operation;
import io.swagger.v3.oas.models.PathItem;
import io.swagger.v3.oas.models.Paths;
import io.swagger.v3.oas.models.media.Content;
import io.swagger.v3.oas.models.media.JsonSchema;
import io.swagger.v3.oas.models.media.MediaType;
import io.swagger.v3.oas.models.parameters.RequestBody;
import io.swagger.v3.oas.models.responses.ApiResponse;
import io.swagger.v3.oas.models.security.SecurityRequirement;
import io.swagger.v3.oas.models.tags.Tag;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.error.ProblemDetailBody;
import org.springdoc.core.customizers.GlobalOpenApiCustomizer;
import tools.jackson.databind.json.JsonMapper;

/** Adds what the features say to what springdoc found in the handlers. */
final class OpenApiDocument implements GlobalOpenApiCustomizer {

  private final List<OpenApiTag> features;
  private final OpenApiModels models;
  private final SchemaDescriptions words;
  private final OpenApiParameters parameters;
  private final JsonMapper mapper;

  OpenApiDocument(
      List<OpenApiTag> features,
      OpenApiModels models,
      SchemaDescriptions words,
      JsonMapper mapper) {
    this.features = features;
    this.models = models;
    this.words = words;
    this.parameters = new OpenApiParameters(models, words);
    this.mapper = mapper;
  }

  @Override
  public void customise(OpenAPI document) {
    Components components = document.getComponents();
    ModelConverters.getInstance(true)
        .readAll(new AnnotatedType(ProblemDetailBody.class))
        .forEach(components::addSchemas);
    OpenApiResponses.addTo(components);
    for (OpenApiTag feature : features) {
      document.addTagsItem(new Tag().name(feature.tag()).description(feature.description()));
      feature.securitySchemes().forEach(components::addSecuritySchemes);
      feature
          .securitySchemes()
          .keySet()
          .forEach(name -> document.addSecurityItem(new SecurityRequirement().addList(name)));
      feature.operations().forEach(operation -> describe(document, feature.tag(), operation));
    }
    models.vocabularies().forEach(components::addSchemas);
    components.setSchemas(new TreeMap<>(components.getSchemas()));
    Paths sorted = new Paths();
    new TreeMap<>(document.getPaths()).forEach(sorted::addPathItem);
    document.setPaths(sorted);
  }

  private void describe(OpenAPI document, String tag, OpenApiOperation description) {
    @Nullable PathItem path = document.getPaths().get(description.path());
    @Nullable Operation operation =
        path == null ? null : path.readOperationsMap().get(description.method());
    if (operation == null) {
      throw new IllegalStateException(
          "The document describes %s %s, which no handler serves"
              .formatted(description.method(), description.path()));
    }
    @Nullable Content answered = contentOf(operation);
    operation
        .tags(List.of(tag))
        .operationId(description.id())
        .summary(description.summary())
        .description(description.description())
        .parameters(parameters.of(description))
        .responses(OpenApiResponses.of(description, answered));
    if (description.isOpen()) {
      operation.security(List.of());
    }
    OpenApiOperation.@Nullable Body body = description.body();
    if (body != null) {
      describe(document.getComponents(), operation.getRequestBody(), body);
    }
  }

  /** What is answered as JSON; a handler that streams returns nothing. */
  private static @Nullable Content contentOf(Operation operation) {
    @Nullable ApiResponse response = operation.getResponses().get("200");
    @Nullable Content content = response == null ? null : response.getContent();
    @Nullable MediaType json = content == null ? null : content.get("application/json");
    return json == null ? content : new Content().addMediaType("application/json", json);
  }

  /** Keeps the media types, which the handler knows. */
  private void describe(
      Components components, RequestBody requestBody, OpenApiOperation.Body body) {
    JsonSchema schema = body.members().body(models, words);
    @Nullable String example = body.members().example();
    if (example != null) {
      schema.addExample(mapper.readValue(example, Map.class));
    }
    if (components.getSchemas().put(body.name(), schema) != null) {
      throw new IllegalStateException("Two schemas of the document are called " + body.name());
    }
    requestBody
        .required(true)
        .getContent()
        .values()
        .forEach(media -> media.schema(OpenApiModels.reference(body.name())));
  }
}
