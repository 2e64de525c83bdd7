/** Calls a running service through openapi-fetch and the generated types: call.ts URL TOKEN. */
import createClient from "openapi-fetch";
import type { components, paths } from "./api.js";

declare const process: { argv: string[] };

function require<T>(value: T | undefined, condition: (value: T) => boolean): T {
  if (value === undefined || !condition(value)) {
    throw new Error("unexpected: " + JSON.stringify(value));
  }
  return value;
}

const [, , baseUrl, token] = process.argv;
const client = createClient<paths>({
  baseUrl,
  headers: { Authorization: `Bearer ${token}` },
  // The document says so of each parameter, but openapi-fetch sees only the types.
  querySerializer: { array: { style: "form", explode: false } },
});

const open: components["schemas"]["OpenIncident"] = {
  title: "From TypeScript",
  severity: "high",
  labels: { client: "typescript" },
};
const opened = require((await client.POST("/api/v1/incidents", { body: open })).data, () => true);
const path = { id: opened.id };
const changed = await client.PATCH("/api/v1/incidents/{id}", {
  params: { path },
  body: { status: "acknowledged" },
});
require(changed.data, (incident) => incident.status === "acknowledged");
const detail = await client.GET("/api/v1/incidents/{id}", { params: { path } });
require(detail.data, (incident) => incident.timeline.length >= 2);
const page = await client.GET("/api/v1/incidents", {
  params: { query: { status: ["acknowledged", "open"], limit: 1 } },
});
// The same operation also streams, as text.
require(page.data, (list) => typeof list !== "string" && list.incidents[0]?.number === opened.number);
const other = require((await client.POST("/api/v1/incidents", { body: { title: "The same" } })).data, () => true);
const merged = await client.POST("/api/v1/incidents/{id}/merge", {
  params: { path: { id: other.id } },
  body: { into: opened.number },
});
require(merged.data, (incident) => incident.merged_into === opened.id);
const runbook = require(
  (await client.POST("/api/v1/runbooks", {
    body: { name: "Look", steps: [{ title: "Look", kind: "manual" }] },
  })).data,
  () => true,
);
const execution = await client.POST("/api/v1/runbooks/{id}/executions", {
  params: { path: { id: runbook.id } },
  body: { incident_id: opened.id },
});
require(execution.data, (started) => started.steps[0]?.title === "Look");
const missing = await client.GET("/api/v1/incidents/{id}", { params: { path: { id: "999999" } } });
require(missing.error, (problem) => problem.code === "not_found");
console.log("TypeScript: calls work");
