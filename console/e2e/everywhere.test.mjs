import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { addNote, api, close, done, open, openIncident, prefixed, unique } from './support.mjs';

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const payloads = ['<img src=x onerror=alert(1)>', '"><script>alert(1)</script>', '[x](javascript:alert(1))', "'-alert(1)-'", '<svg/onload=alert(1)>', '${alert(1)}{{alert(1)}}', '![x](https://example.com/x.png)'];

let incident;
let runbook;
let execution;

before(async () => {
  const evil = payloads.join(' ');
  incident = await openIncident({ title: unique(payloads[0]), summary: evil, owner: payloads[0].slice(0, 60), services: [payloads[4]], labels: { evil: payloads[1] }, severity: 'CRITICAL' });
  for (const payload of payloads) await addNote(incident.id, payload, { actor: payloads[4] });
  await api('mutation($input: AddTimelineEventInput!) { addTimelineEvent(input: $input) { seq } }', { input: { incidentId: incident.id, kind: 'alert.fired', message: evil, data: { [payloads[0]]: payloads } } });
  await addNote(incident.id, '# Heading\n\n- one\n- two\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```\ncode\n```\n\nhttps://example.com');
  ({ createRunbook: runbook } = await api('mutation($input: CreateRunbookInput!) { createRunbook(input: $input) { id } }', {
    input: {
      name: unique(payloads[0]),
      description: evil,
      inputs: [{ name: 'evil', description: payloads[1], default: payloads[0] }],
      steps: [
        { key: 'a', title: payloads[0], kind: 'MANUAL', instructions: evil },
        { key: 'b', title: payloads[4], kind: 'APPROVAL', after: ['a'], approval: { quorum: 2, notRequester: true } },
        { key: 'c', title: 'Note', kind: 'NOTE', after: ['a'], note: { message: payloads[0] } },
        { key: 'd', title: 'End', kind: 'MANUAL', after: ['b', 'c'] },
      ],
    },
  }));
  ({ startRunbook: execution } = await api('mutation($input: StartRunbookInput!) { startRunbook(input: $input) { id } }', { input: { runbookId: runbook.id, incidentId: incident.id } }));
});
after(close);

const screens = () => ['incidents?view=all', 'incidents?service=nothing-has-this', `incidents/${incident.number}`, 'incidents/99999999', 'runbooks', `runbooks/${runbook.id}`, `runbooks/${runbook.id}/edit`, `executions/${execution.id}`, 'insights'];

async function settled(page) {
  await page.locator('main').waitFor();
  await page.locator('main .loading').waitFor({ state: 'detached' });
  await page.waitForLoadState('networkidle').catch(() => undefined);
}

for (const colorScheme of ['light', 'dark']) {
  test(`axe finds nothing on any screen, and no payload runs (${colorScheme})`, async () => {
    const found = [];
    for (const path of screens()) {
      const page = await open(path, { colorScheme, bypassCSP: false });
      await page.addInitScript(() => undefined);
      await settled(page);
      const violations = await check(page);
      for (const it of violations) found.push(`${path}: ${it.id} ${it.nodes.slice(0, 2).map((node) => `${node.target} ${node.failureSummary ?? ''}`).join(' | ')}`);
      await done(page);
    }
    assert.deepEqual(found, []);
  });
}

/** Runs axe in the page's isolated world, which the content security policy does not bind. */
async function check(page) {
  const session = await page.context().newCDPSession(page);
  const { frameTree } = await session.send('Page.getFrameTree');
  const { executionContextId } = await session.send('Page.createIsolatedWorld', { frameId: frameTree.frame.id, worldName: 'axe' });
  await session.send('Runtime.evaluate', { expression: axe, contextId: executionContextId });
  const { result, exceptionDetails } = await session.send('Runtime.evaluate', { expression: 'axe.run(document, { resultTypes: ["violations"] }).then((it) => JSON.stringify(it.violations))', contextId: executionContextId, awaitPromise: true, returnByValue: true });
  assert.equal(exceptionDetails, undefined, JSON.stringify(exceptionDetails));
  return JSON.parse(result.value);
}

test('dialogs and menus pass axe too', async () => {
  const page = await open(`incidents/${incident.number}`);
  await settled(page);
  for (const key of ['e', 'o', 's', 'Control+k', '?']) {
    await page.keyboard.press(key);
    await page.getByRole('dialog').waitFor();
    await page.waitForTimeout(300);
    assert.deepEqual((await check(page)).map((it) => `${key}: ${it.id} ${it.nodes[0]?.html} ${it.nodes[0]?.failureSummary}`), []);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  }
  await page.getByRole('button', { name: 'More actions' }).click();
  assert.deepEqual((await check(page)).map((it) => `menu: ${it.id} ${it.nodes[0]?.html}`), []);
  await done(page);
});

test('at 360 pixels nothing is wider than the screen', async () => {
  for (const path of screens()) {
    const page = await open(path, { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true, reducedMotion: 'reduce' });
    await settled(page);
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(width <= 360, `${path} is ${width} pixels wide`);
    await done(page);
  }
});

test('times change with the time zone', async () => {
  const page = await open(`incidents/${incident.number}`);
  await settled(page);
  await page.getByRole('button', { name: /^Time zone/ }).click();
  await page.getByLabel('Find a time zone').fill('tokyo');
  await page.getByRole('button', { name: /Asia\/Tokyo/ }).click();
  await page.getByText('Times in Asia/Tokyo').waitFor();
  await done(page);
});

test('the theme is chosen and kept', async () => {
  const page = await open('incidents', { colorScheme: 'light' });
  await page.getByRole('button', { name: 'ana' }).click();
  await page.getByRole('menuitemradio', { name: 'Dark' }).click();
  const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  assert.equal(await background(), 'rgb(13, 16, 20)');
  await page.reload();
  await page.locator('.top').waitFor();
  assert.equal(await background(), 'rgb(13, 16, 20)');
  await done(page);
});

test('a wrong token is refused with its reason', async () => {
  const page = await open('incidents');
  await page.getByRole('button', { name: 'ana' }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await page.getByText('Use a token instead').click();
  await page.getByLabel('Token').fill('not.a.token');
  await page.getByRole('button', { name: 'Use this token' }).click();
  await page.locator('.fault').waitFor();
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.locator('.top').waitFor();
  await done(page);
});

test('all of it works under a prefix', async () => {
  const proxy = await prefixed('/nself-incident-mgmt/');
  const page = await open('incidents?view=all', { at: proxy.at });
  await page.locator('.live.on').waitFor();
  await page.locator('.row-title a').first().click();
  await page.locator('.event').first().waitFor();
  assert.match(new URL(page.url()).pathname, /^\/nself-incident-mgmt\/incidents\/\d+$/);
  await page.reload();
  await page.locator('.event').first().waitFor();
  await page.getByRole('link', { name: 'Runbooks' }).first().click();
  await page.locator('.card').first().waitFor();
  await done(page);
  proxy.close();
});

test('the session is renewed before it ends, and the page stays live', async () => {
  const page = await open(`incidents/${incident.number}`, {
    // A clock that the test sets forward: the token of the try-out lasts 15 minutes.
    prepare: (it) => it.clock.install(),
  });
  await page.locator('.live.on').waitFor();
  const renewed = page.waitForResponse((response) => response.url().endsWith('/console/try-out/session'));
  await page.clock.fastForward('14:10');
  assert.equal((await renewed).status(), 200);
  await page.clock.resume();
  await page.locator('.live.on').waitFor();
  await addNote(incident.id, 'after the renewal');
  await page.locator('.event', { hasText: 'after the renewal' }).waitFor();
  await done(page);
});
