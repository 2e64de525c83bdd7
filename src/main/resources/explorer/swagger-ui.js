"use strict";

// Relative to this page, which a proxy may serve under a prefix.
const root = new URL("../..", location.href);

/** The try-out signs its own page in; elsewhere there is no such path, and people enter a token. */
async function tryOutToken() {
  const response = await fetch(new URL("console/try-out/session", root), {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: "{}",
  });
  return response.ok ? (await response.json()).token : null;
}

async function start() {
  const response = await fetch(new URL("openapi.json", root));
  const spec = await response.json();
  spec.servers = [{ url: root.href.replace(/\/$/, "") }];
  const token = await tryOutToken().catch(() => null);
  const ui = SwaggerUIBundle({
    spec,
    dom_id: "#swagger-ui",
    deepLinking: true,
    tryItOutEnabled: true,
    validatorUrl: null,
    onComplete: () => {
      if (token !== null) {
        ui.preauthorizeApiKey("bearer", token);
      }
    },
  });
}

start();
