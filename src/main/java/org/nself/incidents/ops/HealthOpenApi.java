package org.nself.incidents.ops;

import org.nself.incidents.web.openapi.OpenApiTag;

/** What the OpenAPI document says of {@link HealthController}, and of itself. */
final class HealthOpenApi {

  private HealthOpenApi() {}

  static OpenApiTag describe() {
    OpenApiTag service = new OpenApiTag("service", "How the service is. Open to everybody.");
    service.called(HealthController.Applied.class, "Migrations");
    service
        .get("/health", "getHealth", "Whether the service is well")
        .open()
        .answers(200, "It is well.")
        .answers(503, "The database is away.");
    service
        .get("/ready", "getReadiness", "Whether requests may come")
        .open()
        .answers(200, "They may.")
        .answers(503, "It is starting, draining, or without the database.");
    service
        .get("/metrics", "getMetrics", "How the service is doing")
        .open()
        .answersText(200, "text/plain", "Metrics in the text format of Prometheus.");
    service
        .get("/openapi.json", "getOpenApi", "This document")
        .open()
        .answersObject(200, "An OpenAPI 3.1 document.");
    return service;
  }
}
