// The audits of GraphQL over HTTP: https://github.com/graphql/graphql-http/tree/main/src/audits
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { serverAudits } from 'graphql-http';

const headers = {
  authorization: `Bearer ${process.env.PLUGIN_SECRET}`,
  'x-hasura-source-account-id': randomUUID(),
  'x-hasura-role': 'viewer',
};

for (const audit of serverAudits({
  url: `${process.env.SERVICE_URL}/graphql`,
  fetchFn: (url, init) => fetch(url, { ...init, headers: { ...init?.headers, ...headers } }),
})) {
  test(audit.name, async () => {
    const result = await audit.fn();
    assert.equal(result.status, 'ok', result.reason);
  });
}
