package org.nself.incidents.security;

import io.swagger.v3.oas.models.security.SecurityScheme;
import org.nself.incidents.web.openapi.OpenApiTag;

/** What the OpenAPI document says of who may call, and of {@link AuthVerifyController}. */
final class CallerOpenApi {

  private static final String TRUSTED =
      """
      Trusted to speak for others: `X-Hasura-Source-Account-Id` (or `X-Source-Account-Id`) names the account, `primary` without it; \
      `X-Hasura-Role` the role, `admin` without it; `X-Hasura-User-Id` who did it, as the timeline will say.\
      """;

  private CallerOpenApi() {}

  static OpenApiTag describe() {
    OpenApiTag caller = new OpenApiTag("caller", "Who is calling, for gateways.");
    caller.securityScheme(
        "bearer",
        new SecurityScheme()
            .type(SecurityScheme.Type.HTTP)
            .scheme("bearer")
            .description(
                "The plug-in's token, or a Hasura JWT where the service has its configuration.\n\n"
                    + "The token: "
                    + TRUSTED
                    + "\n\n"
                    + "A JWT: account and user are its claims; `X-Hasura-Role` chooses among its"
                    + " allowed roles."));
    caller.securityScheme(
        "internalToken",
        new SecurityScheme()
            .type(SecurityScheme.Type.APIKEY)
            .in(SecurityScheme.In.HEADER)
            .name("X-Internal-Token")
            .description("The token that plug-ins share. " + TRUSTED));
    caller
        .get("/auth/verify", "verifyCaller", "Tell who is calling")
        .says(
            "For the `auth_request` of nginx: the identity headers of the answer replace those that"
                + " the client sent. For a JWT that expires there is `X-Nself-Valid-Until` too;"
                + " passed on, it ends streams in time.")
        .answersNothing(
            204,
            "The caller is known.",
            "X-Hasura-Role",
            "X-Hasura-User-Id",
            "X-Hasura-Source-Account-Id");
    return caller;
  }
}
