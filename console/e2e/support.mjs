// What the tests share: a browser, pages of people, and the API to prepare and check by.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { createServer as createHttpServer, request } from 'node:http';
import { createServer, connect } from 'node:net';
import { chromium } from 'playwright-core';

/** Where the console is: the try-out, `./mvnw spring-boot:run`, the development server in front of it, or a proxy with its prefix. */
export const base = process.env.BASE_URL ?? 'http://127.0.0.1:3833';
/** The service itself, by which the tests prepare and check. */
export const service = process.env.SERVICE_URL ?? base;
const secret = process.env.PLUGIN_SECRET ?? 'development-token';

/** What signs the JWTs of people, where it is not the try-out. */
const jwtKey = process.env.JWT_KEY;

/** A JWT as an identity provider gives it. */
export function jwt({ actor = 'ana', role = 'admin', seconds = 3_600 } = {}) {
  const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = {
    sub: actor,
    exp: Math.floor(Date.now() / 1000) + seconds,
    'https://hasura.io/jwt/claims': { 'x-hasura-default-role': role, 'x-hasura-allowed-roles': [role], 'x-hasura-user-id': actor, 'x-hasura-source-account-id': 'primary' },
  };
  const content = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`;
  return `${content}.${createHmac('sha256', jwtKey).update(content).digest('base64url')}`;
}

let browser;

export async function launch() {
  browser ??= await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] });
  return browser;
}

export async function close() {
  await browser?.close();
  browser = undefined;
}

/** A page of a person, who is signed in unless told otherwise, with a list of what went wrong in it. */
export async function open(path, { actor = 'ana', role = 'admin', signedIn = true, at = base, prepare = async () => undefined, ...options } = {}) {
  await launch();
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, timezoneId: 'Europe/Berlin', permissions: ['clipboard-read', 'clipboard-write'], ...options });
  const [name, value] = jwtKey ? ['token', jwt({ actor, role })] : ['acting-as', JSON.stringify({ actor, role })];
  if (signedIn) await context.addInitScript(([key, text]) => sessionStorage.setItem(`nself-incidents.${key}`, text), [name, value]);
  await context.addInitScript(() => addEventListener('securitypolicyviolation', (event) => console.error(`Content-Security-Policy: ${event.effectiveDirective} ${event.blockedURI} ${event.sample}`)));
  const page = watch(await context.newPage(), at, []);
  await prepare(page);
  await page.goto(`${at}/${path}`);
  return page;
}

/** Another tab of the same person at the same page. What goes wrong in it is found when the first one is closed. */
export async function openTab(page) {
  const tab = watch(await page.context().newPage(), page.root, page.problems);
  await tab.goto(page.url());
  return tab;
}

function watch(page, at, problems) {
  page.setDefaultTimeout(Number(process.env.E2E_TIMEOUT ?? 10_000));
  page.problems = problems;
  page.root = at;
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
  return page;
}

/** Closes a page, and fails if something went wrong in it. */
export async function done(page) {
  const { problems } = page;
  await page.context().close();
  assert.deepEqual(problems, [], 'nothing went wrong in the page');
}

/** A promise and what resolves it. */
export function deferred() {
  let resolve;
  const promise = new Promise((it) => (resolve = it));
  return { promise, resolve };
}

/**
 * Holds back the answer to the first operation of that name, of those whose variables fit: `made` resolves when the service has made it,
 * `release` lets it arrive.
 */
export async function holdAnswer(page, operation, fits = () => true) {
  const [made, arrival] = [deferred(), deferred()];
  let held = false;
  await page.route('**/graphql', async (route) => {
    if (held || !asks(route.request(), operation) || !fits(route.request().postDataJSON().variables)) return route.fallback();
    held = true;
    const response = await route.fetch();
    made.resolve();
    await arrival.promise;
    // The page may not wait for it any more.
    return route.fulfill({ response }).catch(() => undefined);
  });
  return { made: made.promise, release: arrival.resolve };
}

/** Whether a request is the query or mutation of that name. */
export const asks = (request, operation) => new RegExp(`(query|mutation) ${operation}\\(`).test(request.postData());

/** Ends the connection of each query of that name, until the returned function is called. */
export async function refuse(page, operation) {
  let refuses = true;
  await page.route('**/graphql', (route) => (refuses && asks(route.request(), operation) ? route.abort() : route.fallback()));
  return () => (refuses = false);
}

/** Answers an operation with an error, until the returned function is called. */
export async function answerWithError(page, operation, message) {
  const handler = (route) =>
    asks(route.request(), operation) ? route.fulfill({ json: { errors: [{ message, extensions: { code: 'conflict' } }] } }) : route.fallback();
  await page.route('**/graphql', handler);
  return () => page.unroute('**/graphql', handler);
}

/** Resolves when the page has been sent such a text over a WebSocket; to be called before the page opens one. */
export function sent(page, text) {
  return new Promise((resolve) => {
    page.on('websocket', (socket) => socket.on('framereceived', ({ payload }) => String(payload).includes(text) && resolve()));
  });
}

/** A GraphQL request of a person. */
export async function api(query, variables = {}, { actor = 'ana', role = 'admin' } = {}) {
  const response = await fetch(`${service}/graphql`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${secret}`, 'Content-Type': 'application/json', 'X-Hasura-Source-Account-Id': 'primary', 'X-Hasura-Role': role, 'X-Hasura-User-Id': actor },
    body: JSON.stringify({ query, variables }),
  });
  const body = await response.json();
  assert.equal(body.errors, undefined, JSON.stringify(body.errors));
  return body.data;
}

/** A mutation with one input, as all are. */
export const mutate = (name, input, fields = 'id', who) =>
  api(`mutation($input: ${name[0].toUpperCase()}${name.slice(1)}Input!) { ${name}(input: $input) { ${fields} } }`, { input }, who).then((data) => data[name]);

export async function openIncident(input, who) {
  return mutate('openIncident', input, 'id number version title', who);
}

export const addNote = (incidentId, message, who) =>
  mutate('addTimelineEvent', { incidentId, message }, 'seq', who).then((event) => event.seq);

export const incident = (number) =>
  api('query($number: Int) { incidentByNumber(number: $number) { id number title status severity owner version mergedInto timeline(last: 50) { nodes { seq kind message actor redacted supersedes } } } }', { number }).then((data) => data.incidentByNumber);

export const resolve = (id) => mutate('transitionIncident', { id, status: 'RESOLVED' });

/** A token of the try-out, as a person would paste it. */
export async function token(input = {}) {
  const response = await fetch(`${base}/console/try-out/session`, { method: 'POST', headers: { 'Content-Type': 'application/json', 'Sec-Fetch-Site': 'same-origin' }, body: JSON.stringify(input) });
  return (await response.json()).token;
}

/** What the button of the try-out does that fills the account with examples. */
export async function fillDemo() {
  const response = await fetch(`${base}/console/try-out/demo`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'Sec-Fetch-Site': 'same-origin', Authorization: `Bearer ${await token()}` },
    body: '{}',
  });
  assert.equal(response.ok, true, `the demo account was answered ${response.status}`);
}

/** Signs in by a token where the page asks for one. */
export async function useToken(page, text) {
  await page.getByLabel('Token').fill(text);
  await page.getByRole('button', { name: 'Use this token' }).click();
}

export async function signOut(page, name = 'ana') {
  await page.getByRole('button', { name }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
}

/** A page has what it shows first. */
export async function settled(page) {
  await page.locator('main').waitFor();
  await page.locator('main .loading').waitFor({ state: 'detached' });
  // Where requests go on, as those of a live page may, what was waited for above has to do.
  await page.waitForLoadState('networkidle').catch(() => undefined);
}

/** Does something `count` times, several at once. */
export async function repeat(count, act, atOnce = 16) {
  let next = 0;
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      while (next < count) await act(next++);
    }),
  );
}

/** Fills the account up to a number of incidents. */
export async function fillIncidents(count) {
  const { incidents } = await api('{ incidents(first: 0) { totalCount } }');
  const severities = ['CRITICAL', 'HIGH', 'MEDIUM', 'LOW', 'INFO'];
  await repeat(count - incidents.totalCount, (i) => openIncident({ title: `One of many incidents, ${i}`, severity: severities[i % 5], services: [`service-${i % 40}`], owner: i % 3 ? `person-${i % 17}` : null }));
}

/** An incident with a long timeline, of texts of different heights. */
export async function longTimeline(events) {
  const incident = await openIncident({ title: unique('A long timeline'), severity: 'CRITICAL' });
  await repeat(events - 1, (i) => addNote(incident.id, i % 7 ? `Event ${i}: replica lag is ${i % 90} s` : `Event ${i} is **longer**, with a list\n\n- one\n- two\n- three ${'word '.repeat(i % 40)}`));
  return incident;
}

/**
 * Scrolls by some pixels in each of `count` frames. Returns the milliseconds of processor time that a frame takes on the page's main thread
 * (script, style, layout, paint), which do not depend on what else the machine does, and the milliseconds between frames; both ascending.
 */
export async function scroll(page, pixels, count) {
  await browser.startTracing(page, { categories: ['toplevel', 'blink.user_timing', 'disabled-by-default-devtools.timeline'] });
  const between = await page.evaluate(
    async ([by, frames]) => {
      const times = [];
      let last = await new Promise(requestAnimationFrame);
      for (let i = 0; i < frames; i++) {
        performance.mark('scroll-frame');
        scrollBy({ top: by, behavior: 'instant' });
        const now = await new Promise(requestAnimationFrame);
        times.push(now - last);
        last = now;
      }
      return times;
    },
    [pixels, count],
  );
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString());
  const marks = traceEvents.filter((event) => event.name === 'scroll-frame').sort((a, b) => a.ts - b.ts);
  const tasks = traceEvents.filter((event) => event.ph === 'X' && event.name.endsWith('RunTask') && event.tid === marks[0].tid && event.pid === marks[0].pid).sort((a, b) => a.ts - b.ts);
  const busy = [];
  let at = 0;
  for (let i = 0; i + 1 < marks.length; i++) {
    // A task of two names, one in another, counts once.
    let [sum, end] = [0, 0];
    while (at < tasks.length && tasks[at].ts < marks[i].ts) at++;
    for (; at < tasks.length && tasks[at].ts < marks[i + 1].ts; at++) {
      if (tasks[at].ts < end) continue;
      sum += tasks[at].tdur ?? tasks[at].dur;
      end = tasks[at].ts + tasks[at].dur;
    }
    busy.push(sum / 1000);
  }
  const ascending = (values) => values.sort((a, b) => a - b);
  return { busy: ascending(busy), between: ascending(between) };
}

export const percentile = (ascending, share) => ascending[Math.min(ascending.length - 1, Math.floor(ascending.length * share))];

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
  // A test that fails before it closes this does not keep the others waiting.
  server.unref();
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
  // A test that fails before it closes this does not keep the others waiting.
  server.unref();
  return {
    at: `http://127.0.0.1:${server.address().port}${target.pathname.replace(/\/$/, '')}`,
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
