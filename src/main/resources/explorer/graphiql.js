"use strict";

// Relative to this page, which a proxy may serve under a prefix.
const root = new URL("../..", location.href);

const EXAMPLE = `# The newest unfinished incidents, and how the last one came about.
{
  incidents(first: 5, filter: {status: [OPEN, ACKNOWLEDGED, MITIGATING]}) {
    nodes {
      number
      title
      severity
      status
      timeline(last: 3) { nodes { seq kind message actor occurredAt } }
    }
  }
}
`;

/** The try-out signs its own page in; elsewhere there is no such path, and people set a header. */
async function tryOutToken() {
  const response = await fetch(new URL("console/try-out/session", root), {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: "{}",
  });
  return response.ok ? (await response.json()).token : null;
}

/** The results of an event stream, as graphql-sse's distinct connections have them. */
async function* results(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) {
      return;
    }
    text += value;
    for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
      const lines = text.slice(0, end).split("\n");
      text = text.slice(end + 2);
      const field = (name) =>
        lines
          .filter((line) => line.startsWith(name + ":"))
          .map((line) => line.slice(name.length + 1).trim())
          .join("\n");
      if (field("event") === "complete") {
        return;
      }
      if (field("event") === "next") {
        yield JSON.parse(field("data"));
      }
    }
  }
}

async function start() {
  const token = await tryOutToken().catch(() => null);
  const fetcher = async (parameters, options) => {
    const subscribes = /^\s*subscription\b/m.test(parameters.query);
    const response = await fetch(new URL("graphql", root), {
      method: "POST",
      headers: {
        "Content-Type": "application/json",
        Accept: subscribes ? "text/event-stream" : "application/json",
        ...(options?.headers ?? {}),
      },
      body: JSON.stringify(parameters),
    });
    const type = response.headers.get("Content-Type") ?? "";
    return type.startsWith("text/event-stream") ? results(response) : response.json();
  };
  const authorization = token === null ? "" : `Bearer ${token}`;
  ReactDOM.createRoot(document.getElementById("graphiql")).render(
    React.createElement(GraphiQL, {
      fetcher,
      defaultQuery: EXAMPLE,
      defaultEditorToolsVisibility: "headers",
      headers: JSON.stringify({ Authorization: authorization }, null, 2),
      isHeadersEditorEnabled: true,
      shouldPersistHeaders: false,
    }),
  );
}

start();
