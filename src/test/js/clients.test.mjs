// Runs the examples of docs/clients.md as they stand there, through a line that is cut while they follow a timeline.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { buildClientSchema, getIntrospectionQuery, printSchema } from 'graphql';
import WebSocket from 'ws';
import { line } from './line.mjs';

// As in browsers, and in Node.js from version 22.
globalThis.WebSocket ??= WebSocket;

const here = fileURLToPath(new URL('.', import.meta.url));
const document = readFileSync(`${here}/../../../docs/clients.md`, 'utf8');
const examples = new Map([...document.matchAll(/^```js (\S+)\n(.*?)^```/gms)].map(([, name, text]) => [name, text]));
const service = process.env.SERVICE_URL;
const headers = {
  authorization: `Bearer ${process.env.PLUGIN_SECRET}`,
  'x-hasura-source-account-id': randomUUID(),
  'x-hasura-role': 'admin',
};

async function post(path, body) {
  const response = await fetch(service + path, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  assert.ok(response.ok, `${path}: ${response.status}`);
  return response.json();
}

/** The example as a module whose function runs it. */
async function example(name) {
  const text = examples.get(name);
  assert.ok(text, `docs/clients.md has no example ${name}`);
  const imports = text.match(/^import .*$/gm) ?? [];
  const rest = text.replace(/^import .*\n/gm, '');
  const module = `${here}/relay/__generated__/${name}.example.mjs`;
  writeFileSync(
    module,
    `${imports.join('\n').replaceAll('./__generated__/', './')}
import { follow, QUERY, NOTE, TIMELINE } from './follow.mjs';
export default async function run({ url, headers, incident, show }) {
${rest}}
`,
  );
  return (await import(module)).default;
}

before(async () => {
  mkdirSync(`${here}/relay/__generated__`, { recursive: true });
  writeFileSync(`${here}/relay/__generated__/follow.mjs`, examples.get('follow'));
  const { data } = await post('/graphql', { query: getIntrospectionQuery() });
  writeFileSync(`${here}/relay/schema.graphql`, printSchema(buildClientSchema(data)));
  execFileSync(`${here}/node_modules/.bin/relay-compiler`, ['relay.config.json'], { cwd: `${here}/relay`, stdio: 'pipe' });
});

/** Runs an example until it has seen the last note, and cuts its line twice before. */
async function run(name, { reads, follows }) {
  const { id } = await post('/api/v1/incidents', { title: `Watched by ${name}` });
  const through = await line(service);
  const read = [];
  const followed = [];
  let changed = () => {};
  const show = (thing) => {
    (thing.seq && thing.message !== undefined && follows ? followed : read).push(thing);
    changed();
    return thing.message !== 'the last';
  };
  const running = (await example(name))({ url: through.url, headers, incident: id, show });
  running.catch(() => {}); // reported where it is awaited
  const until = (condition) =>
    Promise.race([
      new Promise((resolve) => {
        changed = () => condition() && resolve();
        changed();
      }),
      running.then(() => assert.ok(condition(), `${name} ended early: ${JSON.stringify(followed)}`)),
    ]);
  if (follows) {
    let seq;
    await until(() => followed.length > 0);
    for (const message of ['before a cut', 'before another', 'the last']) {
      ({ seq } = await post(`/api/v1/incidents/${id}/timeline`, { message }));
      await until(() => followed.at(-1).seq === seq);
      if (message !== 'the last') {
        await through.cut();
        // Missed by the connection that is cut, and read by the next one.
        await post(`/api/v1/incidents/${id}/timeline`, { message: 'meanwhile' });
      }
    }
  }
  await running;
  through.close();
  assert.deepEqual(followed.map(({ seq }) => seq), follows ? followed.map((_, i) => i + 1) : []);
  assert.ok(!follows || followed.length >= 6, `${followed.length} events`);
  assert.equal(read.length, reads, JSON.stringify(read));
  if (reads) assert.equal(read[0].title, `Watched by ${name}`);
}

const MATRIX = {
  urql: { reads: 2, follows: true },
  apollo: { reads: 2, follows: true },
  'apollo-apq': { reads: 3 },
  relay: { reads: 1, follows: true },
  'graphql-request': { reads: 2 },
  'graphql-ws': { reads: 2, follows: true },
  'graphql-sse': { reads: 2, follows: true },
  'event-source-polyfill': { reads: 0, follows: true },
  eventsource: { reads: 0, follows: true },
  'openapi-fetch': { reads: 2 },
  'hive-gateway': { reads: 2, follows: true },
};

test('every example of the document is run', () => {
  assert.deepEqual([...examples.keys()].filter((name) => name !== 'follow').sort(), Object.keys(MATRIX).sort());
});

test('the versions of the document are those of the lock file', () => {
  const { packages } = JSON.parse(readFileSync(`${here}/package-lock.json`, 'utf8'));
  for (const [, cell, version] of document.matchAll(/^\| \[([^|]*)\| ([^|]*) \|/gm)) {
    const named = [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name);
    const name = named[0] ?? cell.match(/^[^\]]+/)[0];
    assert.equal(version, packages[`node_modules/${name}`]?.version, name);
  }
});

test('the clients', { concurrency: true, timeout: 150_000 }, async (t) => {
  await Promise.all(Object.entries(MATRIX).map(([name, expected]) => t.test(name, { timeout: 120_000 }, () => run(name, expected))));
});

// Clients that keep connections or timers do not keep the process.
after(() => setTimeout(() => process.exit(), 2000));
