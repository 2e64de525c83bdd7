// What the tests share: a browser, pages of people, and the API to prepare and check by.
import assert from 'node:assert/strict';
import { createServer as createHttpServer, request } from 'node:http';
import { createServer, connect } from 'node:net';
import { chromium } from 'playwright-core';

/** The try-out, `./mvnw spring-boot:run`, or the development server in front of it. */
export const base = process.env.BASE_URL ?? 'http://127.0.0.1:3833';
const secret = process.env.PLUGIN_SECRET ?? 'development-token';

let browser;

export async function launch() {
  browser ??= await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] });
  return browser;
}

export async function close() {
  await browser?.close();
  browser = undefined;
}

/** A page of a person, with a list of what went wrong in it. */
export async function open(path, { actor = 'ana', role = 'admin', at = base, prepare = async () => undefined, ...options } = {}) {
  await launch();
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, timezoneId: 'Europe/Berlin', permissions: ['clipboard-read', 'clipboard-write'], ...options });
  await context.addInitScript(([who]) => sessionStorage.setItem('nself-incidents.acting-as', who), [JSON.stringify({ actor, role })]);
  const page = await context.newPage();
  page.setDefaultTimeout(Number(process.env.E2E_TIMEOUT ?? 10_000));
  page.problems = [];
  page.on('pageerror', (error) => page.problems.push(String(error.stack ?? error)));
  page.on('console', (message) => {
    if (message.type() === 'error' && !/Failed to load resource|WebSocket connection/.test(message.text())) page.problems.push(message.text());
  });
  page.on('dialog', (dialog) => {
    page.problems.push(`a dialog opened: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (/^https?:$/.test(url.protocol) && url.origin !== new URL(at).origin) page.problems.push(`a request to another origin: ${url}`);
  });
  await prepare(page);
  await page.goto(`${at}/${path}`);
  return page;
}

/** Closes a page, and fails if something went wrong in it. */
export async function done(page) {
  // The browser's own editing in a contenteditable tries to keep styles, which the policy refuses: no harm.
  const problems = page.problems.filter((problem) => !(page.isEditor && /inline style/.test(problem)));
  await page.context().close();
  assert.deepEqual(problems, [], 'nothing went wrong in the page');
}

/** A GraphQL request of a person. */
export async function api(query, variables = {}, { actor = 'ana', role = 'admin' } = {}) {
  const response = await fetch(`${base}/graphql`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${secret}`, 'Content-Type': 'application/json', 'X-Hasura-Source-Account-Id': 'primary', 'X-Hasura-Role': role, 'X-Hasura-User-Id': actor },
    body: JSON.stringify({ query, variables }),
  });
  const body = await response.json();
  assert.equal(body.errors, undefined, JSON.stringify(body.errors));
  return body.data;
}

export async function openIncident(input, who) {
  const { openIncident: incident } = await api('mutation($input: OpenIncidentInput!) { openIncident(input: $input) { id number version title } }', { input }, who);
  return incident;
}

export const addNote = (incidentId, message, who) =>
  api('mutation($input: AddTimelineEventInput!) { addTimelineEvent(input: $input) { seq } }', { input: { incidentId, message } }, who).then((data) => data.addTimelineEvent.seq);

export const incident = (number) =>
  api('query($number: Int) { incidentByNumber(number: $number) { id number title status severity owner version mergedInto timeline(last: 50) { nodes { seq kind message actor redacted supersedes } } } }', { number }).then((data) => data.incidentByNumber);

export const resolve = (id) => api('mutation($input: TransitionIncidentInput!) { transitionIncident(input: $input) { id } }', { input: { id, status: 'RESOLVED' } });

let counter = 0;

/** A text that no other test has. */
export const unique = (text) => `${text} ${Date.now().toString(36)}${(counter++).toString(36)}`;

export async function eventually(check, what, timeout = 8_000) {
  const end = Date.now() + timeout;
  for (;;) {
    const result = await check().catch(() => false);
    if (result) return result;
    if (Date.now() > end) assert.fail(`not within ${timeout} ms: ${what}`);
    await new Promise((next) => setTimeout(next, 50));
  }
}

/** The service under a prefix, as behind nginx. */
export async function prefixed(prefix) {
  const target = new URL(base);
  const server = createHttpServer({ keepAliveTimeout: 60_000 }, (req, res) => {
    if (!req.url.startsWith(prefix)) {
      res.writeHead(404).end();
      return;
    }
    const upstream = request({ host: target.hostname, port: target.port || 80, method: req.method, path: req.url.slice(prefix.length - 1), headers: req.headers }, (answer) => {
      res.writeHead(answer.statusCode, answer.headers);
      answer.pipe(res);
    });
    upstream.on('error', () => res.destroy());
    req.pipe(upstream);
  });
  server.on('upgrade', (req, socket) => {
    const upstream = connect(Number(target.port || 80), target.hostname, () => {
      upstream.write(`${req.method} ${req.url.slice(prefix.length - 1)} HTTP/1.1\r\n${Object.entries(req.headers).map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`);
      socket.pipe(upstream).pipe(socket);
    });
    upstream.on('error', () => socket.destroy());
    socket.on('error', () => upstream.destroy());
    socket.on('close', () => upstream.destroy());
  });
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    at: `http://127.0.0.1:${server.address().port}${prefix.slice(0, -1)}`,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** A way to the service that can be cut, as a process that was killed. */
export async function wire() {
  const target = new URL(base);
  const sockets = new Set();
  let cut = false;
  const server = createServer((socket) => {
    if (cut) {
      socket.destroy();
      return;
    }
    const upstream = connect(Number(target.port || 80), target.hostname);
    for (const it of [socket, upstream]) {
      sockets.add(it);
      it.on('error', () => it.destroy());
      it.on('close', () => {
        sockets.delete(it);
        socket.destroy();
        upstream.destroy();
      });
    }
    socket.pipe(upstream).pipe(socket);
  });
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    at: `http://127.0.0.1:${server.address().port}`,
    cut() {
      cut = true;
      for (const socket of sockets) socket.destroy();
    },
    mend() {
      cut = false;
    },
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
