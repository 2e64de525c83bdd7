package org.nself.incidents.web.openapi;

import io.swagger.v3.oas.models.Components;
import io.swagger.v3.oas.models.OpenAPI;
import io.swagger.v3.oas.models.info.Info;
import io.swagger.v3.oas.models.info.License;
import io.swagger.v3.oas.models.servers.Server;
import java.util.List;
import org.nself.incidents.settings.BuildInfo;
import org.springdoc.core.customizers.SpringDocCustomizers;
import org.springdoc.core.properties.SpringDocConfigProperties;
import org.springdoc.core.providers.SpringDocProviders;
import org.springdoc.core.service.AbstractRequestService;
import org.springdoc.core.service.GenericResponseService;
import org.springdoc.core.service.OpenAPIService;
import org.springdoc.core.service.OperationService;
import org.springdoc.webmvc.api.OpenApiWebMvcResource;
import org.springframework.beans.factory.ObjectFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.graphql.execution.GraphQlSource;
import tools.jackson.databind.json.JsonMapper;

@Configuration(proxyBeanMethods = false)
class OpenApiConfiguration {

  @Bean
  OpenAPI openApi(BuildInfo plugin) {
    return new OpenAPI()
        .info(
            new Info()
                .title(BuildInfo.NAME)
                .version(plugin.version())
                .summary("Incidents, their timelines and executable runbooks for nSelf")
                .description(
                    """
                    Every request belongs to one account; what is another account's is as if it did not exist.

                    Names are in snake_case, enums in lower case, moments RFC 3339 in UTC with microseconds, ids UUIDs of \
                    version 7. A member of a request that is not known is an error that names it. Clients must pass over \
                    members of a response that they do not know. Errors are RFC 9457 `application/problem+json`; tell them apart by `code`.

                    `POST /graphql` has the same and more: `timeline` pages in both directions, corrections, redaction.\
                    """)
                .license(new License().name("MIT").identifier("MIT")))
        .servers(
            List.of(
                new Server()
                    .url("/")
                    .description(
                        "This service; behind a gateway, the prefix that it is served under.")))
        .components(new Components());
  }

  @Bean
  SchemaDescriptions schemaDescriptions(GraphQlSource graphql) {
    return new SchemaDescriptions(graphql.schema());
  }

  @Bean
  OpenApiModels openApiModels(
      JsonMapper mapper, SchemaDescriptions words, List<OpenApiTag> features) {
    return new OpenApiModels(mapper, words, features);
  }

  @Bean
  OpenApiDocument openApiDocument(
      List<OpenApiTag> features,
      OpenApiModels models,
      SchemaDescriptions words,
      JsonMapper mapper) {
    return new OpenApiDocument(features, models, words, mapper);
  }

  /** springdoc's own controller would serve it at other paths too, so it is no bean. */
  @Bean
  OpenApiController openApiController(
      ObjectFactory<OpenAPIService> documents,
      AbstractRequestService requests,
      GenericResponseService responses,
      OperationService operations,
      SpringDocConfigProperties properties,
      SpringDocProviders providers,
      SpringDocCustomizers customizers) {
    return new OpenApiController(
        new OpenApiWebMvcResource(
            documents, requests, responses, operations, properties, providers, customizers));
  }
}
