import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { hostileAccount, payloads } from './hostile.mjs';
import { addNote, close, deferred, done, eventually, mutate, open, openIncident, prefixed, settled, signOut, token, unique, useToken } from './support.mjs';

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

let account;

before(async () => {
  account = await hostileAccount();
});
after(close);

const nobody = '00000000-0000-7000-8000-000000000000';

const screens = () => [
  'incidents?view=all',
  'incidents?view=finished',
  'incidents?service=nothing-has-this',
  `incidents?view=all&q=${encodeURIComponent(payloads[0])}&owner=${encodeURIComponent(payloads[1])}&service=${encodeURIComponent(payloads[4])}&label=${encodeURIComponent(`evil:${payloads[2]}`)}`,
  `incidents/${account.incident.number}`,
  `incidents/${account.merged.number}`,
  'incidents/99999999',
  'incidents/no-such-number',
  'runbooks',
  'runbooks?archived=true',
  `runbooks?q=${encodeURIComponent(payloads[1])}`,
  `runbooks/${account.runbook.id}`,
  `runbooks/${nobody}`,
  'runbooks/new',
  `runbooks/${account.runbook.id}/edit`,
  `executions/${account.execution.id}`,
  `executions/${account.cancelled.id}`,
  `executions/${nobody}`,
  'insights',
  `insights?period=12m&service=${encodeURIComponent(payloads[0])}`,
];

/** Resolves when nothing fades in any more: before, its contrast is not what it will be. */
const still = (page) => page.evaluate(() => Promise.all(document.getAnimations().filter((it) => it.effect.getComputedTiming().endTime !== Infinity).map((it) => it.finished.catch(() => undefined))));

/** Runs axe in the page's isolated world, which the content security policy does not bind. */
async function check(page, where) {
  const session = await page.context().newCDPSession(page);
  const { frameTree } = await session.send('Page.getFrameTree');
  const { executionContextId } = await session.send('Page.createIsolatedWorld', { frameId: frameTree.frame.id, worldName: 'axe' });
  await session.send('Runtime.evaluate', { expression: axe, contextId: executionContextId });
  const { result, exceptionDetails } = await session.send('Runtime.evaluate', { expression: 'axe.run(document, { resultTypes: ["violations"] }).then((it) => JSON.stringify(it.violations))', contextId: executionContextId, awaitPromise: true, returnByValue: true });
  assert.equal(exceptionDetails, undefined, JSON.stringify(exceptionDetails));
  await session.detach();
  return JSON.parse(result.value).map((it) => `${where}: ${it.id} ${it.nodes.slice(0, 2).map((node) => `${node.html} ${node.failureSummary ?? ''}`).join(' | ')}`);
}

for (const colorScheme of ['light', 'dark']) {
  test(`axe finds nothing on any screen, and no text of a caller runs (${colorScheme})`, async () => {
    const found = [];
    const page = await open('incidents', { colorScheme });
    for (const path of screens()) {
      await page.goto(`${page.root}/${path}`);
      await settled(page);
      found.push(...(await check(page, path)));
    }
    assert.deepEqual(found, []);
    await done(page);
  });

  test(`axe finds nothing on the sign-in page, and where the service does not answer (${colorScheme})`, async () => {
    const page = await open('incidents', { colorScheme });
    await page.getByRole('button', { name: 'ana' }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await page.getByText('Use a token instead').click();
    await page.getByLabel('Token').waitFor();
    const found = await check(page, 'the sign-in page');
    await page.route('**/console/config', (route) => route.abort());
    await page.reload();
    await page.getByText('The service does not answer').waitFor();
    found.push(...(await check(page, 'without the service')));
    assert.deepEqual(found, []);
    await done(page);
  });

  test(`axe finds nothing in dialogs, menus and tables (${colorScheme})`, async () => {
    const found = [];
    const page = await open(`incidents/${account.incident.number}`, { colorScheme });
    const dialog = page.getByRole('dialog');
    const look = async (where) => {
      await dialog.waitFor();
      await still(page);
      found.push(...(await check(page, where)));
      await page.keyboard.press('Escape');
      await dialog.waitFor({ state: 'detached' });
    };
    await settled(page);
    for (const key of ['e', 'o', 's', 'r', 'Control+k', '?']) {
      await page.keyboard.press(key);
      await look(`the dialog of the key ${key}`);
    }
    for (const item of ['Merge into another', 'Verify the timeline']) {
      await page.getByRole('button', { name: 'More actions' }).click();
      if (item === 'Verify the timeline') found.push(...(await check(page, 'the menu')));
      await page.getByRole('menuitem', { name: item }).click();
      await look(item);
    }
    await page.getByRole('button', { name: 'Correct: Detected' }).click();
    await look('the dialog of a milestone');
    await page.getByRole('button', { name: 'Other', exact: true }).click();
    await page.locator('.event', { hasText: 'alert.fired' }).getByRole('button', { name: 'Redact' }).click();
    await look('the dialog that redacts');
    await page.getByRole('button', { name: /^Time zone/ }).click();
    await look('time zones');

    await page.goto(`${page.root}/incidents?view=all`);
    await settled(page);
    await page.getByRole('button', { name: /^Filter/ }).click();
    await look('the filter');
    await page.getByRole('button', { name: 'Open incident' }).click();
    await look('opening an incident');
    await page.getByRole('checkbox', { name: `Select #${account.incident.number}`, exact: true }).check();
    found.push(...(await check(page, 'a selection')));

    await page.goto(`${page.root}/runbooks/${account.runbook.id}`);
    await settled(page);
    await page.getByRole('button', { name: 'Versions' }).click();
    await look('versions');
    await page.keyboard.press('s');
    await dialog.getByRole('button', { name: 'What would it do?' }).click();
    await page.locator('.plan').waitFor();
    await look('a plan');

    await page.goto(`${page.root}/executions/${account.execution.id}`);
    await settled(page);
    await page.locator('.step-head[aria-expanded=false]').evaluateAll((closed) => closed.forEach((it) => it.click()));
    found.push(...(await check(page, 'the steps of an execution')));
    await page.getByRole('button', { name: 'Cancel execution' }).click();
    await look('cancelling an execution');

    await page.goto(`${page.root}/insights`);
    await settled(page);
    await page.getByRole('button', { name: /: show the table$/ }).evaluateAll((buttons) => buttons.forEach((it) => it.click()));
    found.push(...(await check(page, 'the tables of insights')));
    assert.deepEqual(found, []);
    await done(page);
  });

  test(`axe finds nothing in the dialogs of a conflict, of another person and of a session that ends (${colorScheme})`, async () => {
    const { id, number, title } = await openIncident({ title: unique('Dialogs') });
    const page = await open(`incidents/${number}`, { colorScheme, prepare: (it) => it.clock.install() });
    const dialog = (name) => page.getByRole('dialog', { name });
    await page.getByRole('heading', { level: 1, name: title }).waitFor();
    await page.keyboard.press('e');
    await page.getByLabel('Title').fill('What ana calls it');
    await mutate('updateIncident', { id, title: 'What ben calls it', owner: 'ben' }, 'id', { actor: 'ben' });
    await page.getByRole('button', { name: 'Save' }).click();
    await dialog(/changed in the meantime/).getByText('What ben calls it').waitFor();
    await still(page);
    const found = await check(page, 'the conflict');
    await dialog(/changed in the meantime/).getByRole('button', { name: 'Make my change to this version' }).click();
    await page.getByRole('heading', { level: 1, name: 'What ana calls it' }).waitFor();

    await page.getByRole('button', { name: 'ana' }).click();
    await page.getByRole('menuitem', { name: 'Act as somebody else…' }).click();
    await dialog('Act as somebody else').waitFor();
    await still(page);
    found.push(...(await check(page, 'acting as somebody else')));
    await page.keyboard.press('Escape');
    await dialog('Act as somebody else').waitFor({ state: 'detached' });

    await signOut(page);
    await page.getByText('Use a token instead').click();
    await useToken(page, await token({ actor: 'carol' }));
    await page.getByRole('button', { name: 'carol' }).waitFor();
    await page.locator('.event', { hasText: 'opened the incident' }).waitFor();
    await page.locator('.live.on').waitFor();
    await page.clock.fastForward('14:10');
    await page.getByText(/Your session ends at/).waitFor();
    found.push(...(await check(page, 'a session that ends soon')));
    await page.getByRole('button', { name: 'Continue it' }).click();
    await dialog('Continue your session').getByLabel('Token').waitFor();
    await still(page);
    found.push(...(await check(page, 'continuing the session')));
    assert.deepEqual(found, []);
    await done(page);
  });
}

test('a text of a caller is shown as it is', async () => {
  const page = await open(`incidents/${account.incident.number}`);
  await page.locator('.event').first().waitFor();
  assert.match(await page.getByRole('heading', { level: 1 }).innerText(), /^<svg\/onload=alert\(1\)> /);
  await page.getByRole('button', { name: payloads[0] }).first().waitFor();
  await page.getByRole('link', { name: payloads[1] }).first().waitFor();
  const missing = new Set([payloads[0], payloads[1], payloads[3], payloads[4], payloads[5], 'javascript:alert(1)', '<style>*{display:none}</style>']);
  let bottom = false;
  let elements = 0;
  await eventually(async () => {
    const texts = await page.locator('.timeline').innerText();
    for (const text of missing) if (texts.includes(text)) missing.delete(text);
    elements += await page.locator('a[href^="javascript:"], a[href^="data:"], img, iframe, main style, main script').count();
    // From the top to the bottom, until the last event was drawn.
    bottom ||= await page.evaluate(() => {
      scrollBy({ top: 500, behavior: 'instant' });
      return scrollY + innerHeight >= document.documentElement.scrollHeight - 1;
    });
    return bottom && missing.size === 0;
  }, 'the timeline has each text').catch((error) => assert.fail(`${error.message}: ${[...missing]}`));
  assert.equal(elements, 0, 'no element is made of a text');
  await page.keyboard.press('y');
  await page.getByText('The timeline is copied').waitFor();
  assert.ok((await page.evaluate(() => navigator.clipboard.readText())).includes(payloads[1]));
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox').fill(payloads[4]);
  await page.getByRole('option', { name: `#${account.incident.number}` }).waitFor();
  await page.keyboard.press('Escape');
  // What the person writes is such a text too.
  const events = Number((await page.locator('.timeline .count').innerText()).replaceAll(',', ''));
  await page.getByLabel('Note').fill(payloads.join('\n'));
  await page.keyboard.press('Control+Enter');
  await page.locator('.timeline .count').getByText(String(events + 1), { exact: true }).waitFor();
  await page.goto(`${page.root}/incidents?view=all`);
  await settled(page);
  await page.getByRole('button', { name: 'Views' }).click();
  await page.getByRole('menuitem', { name: 'Save this view…' }).click();
  await page.getByLabel('Name').fill(payloads[0]);
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByRole('button', { name: 'Views' }).click();
  await page.getByRole('menuitem', { name: payloads[0], exact: true }).click();
  await eventually(async () => page.url().includes('view=all'), 'the saved view is shown');
  await done(page);
});

for (const [width, height, what] of [
  [360, 740, 'on a phone'],
  [640, 450, 'at a zoom of 200 %'],
  [320, 256, 'at a zoom of 400 %'],
]) {
  test(`nothing is wider than the screen ${what}`, async () => {
    const wide = [];
    const page = await open('incidents', width === 640 ? { viewport: { width, height }, deviceScaleFactor: 2 } : { viewport: { width, height }, hasTouch: true, isMobile: width === 360 });
    for (const path of screens()) {
      await page.goto(`${page.root}/${path}`);
      await settled(page);
      const found = await page.evaluate(() => document.documentElement.scrollWidth);
      if (found > width) wide.push(`${path} is ${found} pixels wide`);
    }
    assert.deepEqual(wide, []);
    await done(page);
  });
}

test('with reduced motion nothing moves', async () => {
  const page = await open('incidents?view=all', { reducedMotion: 'reduce' });
  const moving = () => page.evaluate(() => document.getAnimations().filter((it) => it.playState === 'running' && it.effect.getComputedTiming().activeDuration > 1).map((it) => it.animationName ?? it.transitionProperty));
  await page.route('**/graphql', async (route) => {
    await new Promise((next) => setTimeout(next, 400));
    await route.continue();
  });
  for (const path of screens()) {
    await page.goto(`${page.root}/${path}`);
    await page.locator('main').waitFor();
    assert.deepEqual(await moving(), [], path);
  }
  await page.goto(`${page.root}/incidents/${account.incident.number}`);
  await page.locator('.event').first().waitFor();
  await page.keyboard.press('Control+k');
  await page.getByRole('dialog').waitFor();
  assert.deepEqual(await moving(), [], 'the palette');
  await page.keyboard.press('Escape');
  await done(page);
});

test('times change with the time zone', async () => {
  const page = await open(`incidents/${account.incident.number}`);
  await settled(page);
  await page.getByRole('button', { name: /^Time zone/ }).click();
  await page.getByLabel('Find a time zone').fill('tokyo');
  await page.getByRole('button', { name: /Asia\/Tokyo/ }).click();
  await page.getByText('Times in Asia/Tokyo').waitFor();
  const event = page.locator('.event').first();
  const { recorded, shown } = await event.locator('time').evaluate((time) => ({ recorded: time.dateTime, shown: time.textContent }));
  const inTokyo = new Intl.DateTimeFormat('en-GB', { timeZone: 'Asia/Tokyo', hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' }).format(new Date(recorded));
  assert.ok(shown.endsWith(inTokyo), `${shown} is ${inTokyo}`);
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

test('the first view is at most 60 KB, and nothing is asked of another origin', async () => {
  let bytes = 0;
  const names = new Map();
  const page = await open('incidents?view=all', {
    prepare: async (it) => {
      const session = await it.context().newCDPSession(it);
      await session.send('Network.enable');
      const data = new Set();
      session.on('Network.responseReceived', ({ requestId, response, type }) => {
        names.set(requestId, new URL(response.url).pathname);
        if (['Fetch', 'XHR'].includes(type)) data.add(requestId);
      });
      // The page and everything that it is made of. The code of further pages is read after the first one is painted.
      session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
        if (!data.has(requestId)) bytes += encodedDataLength;
      });
    },
  });
  await page.locator('.row').first().waitFor();
  assert.ok([...names.values()].every((path) => !/\/(detail|insights|markdown|editor)\.js$/.test(path)), `only what the first view needs: ${[...names.values()]}`);
  assert.ok(bytes > 20_000 && bytes <= 60 * 1024, `${bytes} bytes with headers`);
  await done(page);
});

test('on a slow network the page says what it waits for, and a late answer replaces no newer one', async () => {
  const [first, second] = [unique('slow').replaceAll(' ', '-'), unique('fast').replaceAll(' ', '-')];
  const slow = await openIncident({ title: unique('Of the first filter'), services: [first] });
  const fast = await openIncident({ title: unique('Of the second filter'), services: [second] });
  const page = await open('runbooks');
  const session = await page.context().newCDPSession(page);
  await session.send('Network.enable');
  await session.send('Network.emulateNetworkConditions', { offline: false, latency: 400, downloadThroughput: 50_000, uploadThroughput: 20_000 });
  const late = deferred();
  const isLate = (request) => request.postData()?.includes(first) ?? false;
  const asked = page.waitForRequest(isLate);
  await page.route('**/graphql', async (route) => {
    if (isLate(route.request())) await late.promise;
    await route.continue().catch(() => undefined);
  });
  await page.goto(`${page.root}/incidents?service=${first}`);
  await page.getByText('Loading incidents…').waitFor();
  await asked;
  await page.evaluate((service) => {
    history.pushState({}, '', `?service=${service}`);
    dispatchEvent(new PopStateEvent('popstate'));
  }, second);
  await page.getByRole('link', { name: fast.title }).waitFor();
  const arrived = Promise.race(['requestfinished', 'requestfailed'].map((end) => page.waitForEvent(end, isLate)));
  late.resolve();
  await arrived;
  await page.evaluate(() => new Promise(requestAnimationFrame));
  assert.equal(await page.getByRole('link', { name: slow.title }).count(), 0);
  // A button cannot be pressed twice while its request is under way.
  await page.getByRole('link', { name: fast.title }).click();
  const acknowledge = page.getByRole('button', { name: 'Acknowledge' });
  await acknowledge.dblclick();
  await page.getByRole('button', { name: 'Mitigate' }).waitFor();
  assert.equal(await page.getByText('was changed in the meantime').count(), 0);
  await done(page);
});

test('everything is reached and done by the keyboard', async () => {
  const page = await open('incidents?view=all');
  await settled(page);
  const focused = () => page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent?.trim() ?? '');
  await page.keyboard.press('Tab');
  assert.equal(await focused(), 'Skip to the content');
  await page.keyboard.press('Enter');
  const title = unique('By the keyboard');
  await page.keyboard.press('c');
  await page.getByRole('dialog').waitFor();
  await page.keyboard.type(title);
  await page.keyboard.press('Tab');
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('Tab');
  await page.keyboard.type('keys');
  for (let i = 0; i < 12 && (await focused()) !== 'Open incident'; i++) await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: title, level: 1 }).waitFor();
  // The focus is seen, and does not leave a dialog.
  // The title is shown while the rest is being read.
  await page.locator('.event').first().waitFor();
  await page.keyboard.press('o');
  await page.getByRole('dialog').waitFor();
  for (let i = 0; i < 8; i++) {
    await page.keyboard.press('Tab');
    // After the last element the browser's own come, then the first again.
    assert.ok(await page.evaluate(() => document.activeElement === document.body || document.activeElement.closest('dialog') !== null), 'the focus stays in the dialog');
  }
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  const menu = page.getByRole('button', { name: 'More actions' });
  await menu.focus();
  await page.keyboard.press('Enter');
  await eventually(async () => (await focused()) === 'Mitigate' || (await focused()) === 'Cancel incident', 'the menu has the focus');
  await page.keyboard.press('End');
  await eventually(async () => (await focused()) === 'Verify the timeline', 'the last entry has the focus');
  await page.keyboard.press('Escape');
  await eventually(async () => (await focused()) === 'More actions', 'the button has the focus again');
  await page.keyboard.press('n');
  await page.keyboard.type('by keys alone');
  await page.keyboard.press('Control+Enter');
  await page.locator('.event', { hasText: 'by keys alone' }).waitFor();
  const invisible = await page.evaluate(async () => {
    const found = [];
    for (const element of document.querySelectorAll('main a, main button, main input, main textarea, main summary, header a, header button')) {
      if (element.disabled || element.tabIndex < 0 || !element.checkVisibility()) continue;
      element.focus({ focusVisible: true });
      if (document.activeElement !== element) continue;
      const style = getComputedStyle(element);
      const after = getComputedStyle(element, '::after');
      if (style.outlineStyle === 'none' && after.outlineStyle === 'none') found.push(element.outerHTML.slice(0, 80));
    }
    return found;
  });
  assert.deepEqual(invisible, [], 'each element shows that it has the focus');
  await done(page);
});

test('a drill says so everywhere', async () => {
  const service = unique('drill').replaceAll(' ', '-');
  const drill = await openIncident({ title: unique('Exercise'), services: [service], isDrill: true });
  const page = await open(`incidents?service=${service}`);
  await page.locator('.row', { hasText: drill.title }).getByText('Drill', { exact: true }).waitFor();
  await page.getByRole('link', { name: drill.title }).click();
  await page.locator('.at-a-glance').getByText('Drill', { exact: true }).waitFor();
  await addNote(drill.id, 'a note');
  await page.keyboard.press('y');
  await page.getByText('The timeline is copied').waitFor();
  assert.match(await page.evaluate(() => navigator.clipboard.readText()), /drill/i);
  await done(page);
});
