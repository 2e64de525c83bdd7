import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { before, test } from 'node:test';
import { execute, parse, validate, validateSchema } from 'graphql';
import { gateway, remoteSchema } from './gateway.mjs';
import { Hasura } from './hasura.mjs';

const url = `${process.env.SERVICE_URL}/graphql`;
const configured = { Authorization: `Bearer ${process.env.PLUGIN_SECRET}` };
const account = randomUUID();

function hasura(role, { client } = {}) {
  const session = { 'X-Hasura-Role': role, 'X-Hasura-Source-Account-Id': account, 'X-Hasura-User-Id': `${role}-1` };
  return new Hasura({ url, configured, session, client });
}

let schema;
let engine;
const orders = [];

async function ask(query, variables) {
  const document = parse(query);
  assert.deepEqual(validate(schema, document), []);
  return execute({ schema, document, variableValues: variables });
}

async function must(query, variables) {
  const { data, errors } = await ask(query, variables);
  assert.equal(errors, undefined, JSON.stringify(errors));
  return data;
}

const OPEN = `mutation open($input: OpenIncidentInput!) { openIncident(input: $input) { id number status openedBy } }`;

before(async () => {
  engine = hasura('responder');
  schema = await gateway(engine, orders);
});

test('the schema that is introspected with the service token alone is whole', async () => {
  const alone = new Hasura({ url, configured });
  const remote = await remoteSchema(alone);
  assert.deepEqual(validateSchema(remote), []);
  assert.deepEqual(Object.keys(alone.requests[0].headers), ['Authorization']);
  for (const name of ['Incident', 'TimelineEvent', 'Runbook', 'OpenIncidentInput']) {
    assert.ok(remote.getType(name), name);
  }
});

test('mutations with unset variables, sent as null, take their defaults', async () => {
  const open = `
    mutation open($title: String!, $summary: String, $severity: Severity, $labels: JSON, $services: [String!], $key: String, $at: DateTime) {
      openIncident(input: {title: $title, summary: $summary, severity: $severity, labels: $labels, services: $services,
        dedupKey: $key, openedAt: $at, idempotencyKey: $key}) { id severity summary labels services dedupKey openedBy }
    }`;
  // Straight in Hasura's form: the gateway would make one variable of the whole input.
  const { data, errors } = await engine.execute({ document: parse(open), variables: { title: 'Nulls' } });
  assert.equal(errors, undefined, JSON.stringify(errors));
  const { openIncident } = data;
  assert.deepEqual({ ...openIncident, id: null }, {
    id: null, severity: 'MEDIUM', summary: null, labels: {}, services: [], dedupKey: null, openedBy: 'responder-1',
  });
  const { body } = engine.requests.at(-1);
  assert.match(body.query, /\$hasura_json_var_2: String = null/);
  assert.equal(body.variables.hasura_json_var_2, null);
});

test('several root fields are several requests, one after another', async () => {
  await must(OPEN, { input: { title: 'First', severity: 'HIGH' } });
  const count = engine.requests.length;
  const data = await must(`
    query all($filter: IncidentFilter, $first: Int, $after: String, $order: IncidentOrder) {
      mine: incidents(filter: $filter, orderBy: $order, first: $first, after: $after) { totalCount nodes { ...Short } pageInfo { endCursor } }
      none: incident(id: null) { id }
      incidentByNumber(number: 1) { number timeline(last: 1) { nodes { seq kind } } }
    }
    fragment Short on Incident { title severity }`, { first: 5 });
  assert.equal(engine.requests.length, count + 3);
  assert.equal(data.none, null);
  assert.equal(data.incidentByNumber.number, 1);
  assert.ok(data.mine.nodes.some((incident) => incident.title === 'First' && incident.severity === 'HIGH'));
});

test('a remote join asks once for all rows, and a row may have no incident', async () => {
  const opened = [];
  for (const title of ['Joined 1', 'Joined 2']) {
    opened.push((await must(OPEN, { input: { title } })).openIncident);
  }
  orders.splice(0, orders.length,
    { id: 1, incidentId: opened[0].id }, { id: 2, incidentId: null },
    { id: 3, incidentId: opened[1].id }, { id: 4, incidentId: randomUUID() }, { id: 5, incidentId: opened[0].id });
  const count = engine.requests.length;
  const data = await must('{ orders { id incident { title number timeline(first: 1) { nodes { kind } } } } }');
  assert.equal(engine.requests.length, count + 1);
  assert.match(engine.requests.at(-1).body.query, /f1: incident\(id: "/);
  assert.match(engine.requests.at(-1).body.query, /f2: incident\(id: null\)/);
  assert.deepEqual(data.orders.map((order) => order.incident?.title ?? null), ['Joined 1', null, 'Joined 2', null, 'Joined 1']);
  assert.equal(data.orders[0].incident.timeline.nodes[0].kind, 'opened');
});

test('two hundred rows are joined in one request', async () => {
  const { openIncident } = await must(OPEN, { input: { title: 'Often' } });
  orders.splice(0, orders.length, ...Array.from({ length: 200 }, (_, id) => ({ id, incidentId: openIncident.id })));
  const data = await must(`{ orders { incident {
    id number title summary severity status owner openedBy labels services dedupKey occurrences mergedInto version reopenCount
    openedAt acknowledgedAt mitigatedAt resolvedAt closedAt updatedAt availableTransitions } } }`);
  assert.equal(data.orders.filter((order) => order.incident.title === 'Often').length, 200);
});

test('what is refused is told with its code, and nothing else is given', async () => {
  const { openIncident } = await must(OPEN, { input: { title: 'Refused' } });
  const { data, errors } = await ask(`mutation { transitionIncident(input: {id: "${openIncident.id}", status: CLOSED}) { id } }`);
  assert.equal(errors[0].extensions.code, 'conflict');
  assert.equal(data, null);
});

test('a viewer reads and cannot write', async () => {
  const viewer = hasura('viewer');
  const seen = await viewer.execute({ document: parse('{ incidents(first: 1) { nodes { id } } }') });
  assert.equal(seen.data.incidents.nodes.length, 1);
  const refused = await viewer.execute({ document: parse('mutation { openIncident(input: {title: "No"}) { id } }') });
  assert.equal(refused.errors[0].extensions.code, 'forbidden');
});

test('configured headers go before those of the session and of the client', async () => {
  const forwarding = hasura('user', {
    client: {
      Authorization: 'Bearer of-the-client', Cookie: 'theirs=1', Host: 'elsewhere', Accept: 'text/html',
      'X-Hasura-Role': 'admin', 'X-Hasura-Source-Account-Id': 'theirs',
    },
  });
  const { data } = await forwarding.execute({
    document: parse('mutation { openIncident(input: {title: "Mine"}) { openedBy } }'),
  });
  assert.equal(data.openIncident.openedBy, 'user-1');
  const sent = forwarding.requests.at(-1).headers;
  assert.equal(sent.authorization, configured.Authorization);
  assert.equal(sent.cookie, 'theirs=1');
  assert.equal(sent['x-hasura-source-account-id'], account);
});

test('a request with the admin secret needs an account', async () => {
  const document = parse('{ incidents(first: 1) { totalCount } }');
  const nobody = new Hasura({ url, configured, session: { 'X-Hasura-Role': 'admin' } });
  await assert.rejects(async () => {
    const refused = await nobody.execute({ document });
    assert.equal(refused.errors, undefined, JSON.stringify(refused.errors));
  }, /A role needs an account|403|forbidden/i);
  const admin = new Hasura({
    url, configured, session: { 'X-Hasura-Role': 'admin', 'X-Hasura-Source-Account-Id': 'primary' },
  });
  const { data } = await admin.execute({ document: parse('{ incidents(first: 1) { totalCount } runbooks { totalCount } }') });
  assert.equal(typeof data.incidents.totalCount, 'number');
  assert.equal(typeof data.runbooks.totalCount, 'number');
});

test('every answer is JSON, and none redirects', async () => {
  for (const [path, options] of [
    ['/graphql', {}], ['/graphql/', { method: 'POST' }], ['/graphql', { method: 'POST', body: '[]' }],
    ['/graphql', { method: 'POST', body: 'no json', headers: { 'content-type': 'application/json' } }], ['/nowhere', {}],
    ['/graphql', { method: 'POST', body: '{"query":"{ nothing }"}', headers: { 'content-type': 'application/json' } }],
  ]) {
    for (const credentials of [{}, configured]) {
      const answer = await fetch(process.env.SERVICE_URL + path, {
        ...options, redirect: 'manual', headers: { ...options.headers, ...credentials },
      });
      assert.ok(answer.status < 300 || answer.status >= 400, `${path} redirects`);
      const text = await answer.text();
      assert.doesNotThrow(() => JSON.parse(text), `${path}: ${text}`);
    }
  }
});
