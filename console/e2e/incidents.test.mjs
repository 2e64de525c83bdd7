import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { api, asks, close, done, eventually, holdAnswer, incident, mutate, open, openIncident, repeat, resolve, sent, unique } from './support.mjs';

after(close);

test('an incident is opened, and is on another page at once', async () => {
  const watching = await open('incidents?view=all', { actor: 'ben' });
  await watching.locator('.live.on').waitFor();
  await watching.locator('.incident-list').waitFor();
  const page = await open('incidents');
  const title = unique('Payments are refused');
  await page.getByRole('button', { name: 'Open incident' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('What is wrong?').fill(title);
  await dialog.getByRole('radio', { name: 'High' }).check();
  await dialog.getByLabel(/Affected services/).fill('payments, checkout');
  await dialog.getByRole('button', { name: 'Open incident' }).click();
  const sent = Date.now();
  await page.getByRole('heading', { name: title, level: 1 }).waitFor();
  await watching.getByRole('link', { name: title }).waitFor({ timeout: 1_500 });
  assert.ok(Date.now() - sent < 2_500, 'it appears at once');
  await eventually(async () => (await page.title()).includes(title), 'the title names the incident');
  await done(page);
  await done(watching);
});

test('filters are in the address, and Back undoes them', async () => {
  const title = unique('Filtered');
  await openIncident({ title, severity: 'LOW', services: ['filter-test'], owner: 'carol' });
  const page = await open('incidents?service=filter-test');
  await page.getByRole('link', { name: title }).waitFor();
  await page.getByRole('button', { name: /^Filter/ }).click();
  await page.getByRole('dialog').getByRole('checkbox', { name: 'Critical' }).check();
  await page.getByRole('button', { name: 'Show', exact: true }).click();
  await page.getByText('Nothing matches').waitFor();
  assert.match(page.url(), /severity=critical/);
  await page.goBack();
  await page.getByRole('link', { name: title }).waitFor();
  await page.getByRole('link', { name: title }).click();
  await page.getByRole('heading', { name: title }).waitFor();
  await page.goBack();
  await page.getByRole('link', { name: title }).waitFor();
  assert.match(page.url(), /service=filter-test/);
  await page.getByRole('button', { name: /Remove the filter service/ }).click();
  await eventually(async () => !page.url().includes('service='), 'the filter is gone');
  await done(page);
});

test('several owners and services are typed into the filter', async () => {
  const page = await open('incidents');
  await page.getByRole('button', { name: /^Filter/ }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Owner').pressSequentially('carol, ben the second');
  await dialog.getByLabel('Affected service').pressSequentially('payments, checkout');
  await dialog.getByLabel('Label').pressSequentially('team:blue sky, tier:1');
  await dialog.getByRole('button', { name: 'Show', exact: true }).click();
  await page.getByRole('button', { name: 'Remove the filter owner ben the second' }).waitFor();
  const filter = new URL(page.url()).searchParams;
  assert.deepEqual(filter.getAll('owner'), ['carol', 'ben the second']);
  assert.deepEqual(filter.getAll('service'), ['payments', 'checkout']);
  assert.deepEqual(filter.getAll('label'), ['team:blue sky', 'tier:1']);
  await page.getByRole('button', { name: /^Filter/ }).click();
  await dialog.getByRole('button', { name: 'Clear' }).click();
  assert.equal(await dialog.getByLabel('Owner').inputValue(), '');
  await dialog.getByRole('button', { name: 'Show', exact: true }).click();
  await eventually(async () => new URL(page.url()).search === '', 'no filter is left');
  await done(page);
});

test('an incident that becomes worse while its page of the list is read is listed once', async () => {
  const service = unique('once').replaceAll(' ', '-');
  const first = await openIncident({ title: unique('Becomes worse'), severity: 'LOW', services: [service] });
  await repeat(104, (i) => openIncident({ title: `Of many, ${i}`, severity: 'LOW', services: [service] }));
  let arrived;
  const page = await open(`incidents?service=${service}`, { prepare: (it) => void (arrived = sent(it, 'severity_changed')) });
  await page.locator('.live.on').waitFor();
  await page.locator('.row').first().waitFor();
  const answer = await holdAnswer(page, 'IncidentList', (variables) => variables.after !== null);
  await page.mouse.wheel(0, 20_000);
  await answer.made;
  await mutate('updateIncident', { id: first.id, severity: 'CRITICAL' });
  await arrived;
  await page.getByRole('button', { name: /1 new/ }).waitFor();
  answer.release();
  await page.getByText('Scroll for more').waitFor({ state: 'detached' });
  await page.keyboard.press('.');
  await page.evaluate(() => scrollTo(0, 0));
  await page.locator(`.row[data-id="${first.id}"]`).first().waitFor();
  assert.equal(await page.locator(`.row[data-id="${first.id}"]`).count(), 1);
  await done(page);
});

test('Back returns to where the list was, also to its top, and u to its filters', async () => {
  const service = unique('back').replaceAll(' ', '-');
  await repeat(12, (i) => openIncident({ title: `Back from ${i}`, services: [service], summary: 'A line\n\n'.repeat(20) }));
  const page = await open(`incidents?service=${service}`, { viewport: { width: 1280, height: 320 } });
  await page.locator('.row-title a').first().click();
  await page.getByText('A line').first().waitFor();
  await page.evaluate(() => scrollTo(0, 300));
  await page.goBack();
  await page.locator('.row').first().waitFor();
  await eventually(() => page.evaluate(() => scrollY === 0), 'the list is at its top again');
  await page.locator('.row-title a').first().click();
  await page.getByText('A line').first().waitFor();
  assert.match(await page.getByRole('link', { name: 'Incidents', exact: true }).last().getAttribute('href'), new RegExp(`service=${service}$`));
  await page.keyboard.press('u');
  await page.locator('.row').first().waitFor();
  assert.equal(new URL(page.url()).searchParams.get('service'), service);
  await done(page);
});

test('the order is chosen, and is in the address', async () => {
  const service = unique('order').replaceAll(' ', '-');
  const worst = await openIncident({ title: unique('Worst'), severity: 'CRITICAL', services: [service] });
  const newest = await openIncident({ title: unique('Newest'), severity: 'LOW', services: [service] });
  const page = await open(`incidents?service=${service}`);
  const titles = () => page.locator('.row-title a').allInnerTexts();
  await page.locator('.row').nth(1).waitFor();
  assert.deepEqual(await titles(), [worst.title, newest.title]);
  await page.getByRole('button', { name: 'Worst first' }).click();
  await page.getByRole('menuitemradio', { name: 'Newest first' }).click();
  await eventually(async () => (await titles())[0] === newest.title, 'the newest is first');
  assert.match(page.url(), /sort=newest/);
  await done(page);
});

test('where there are too many incidents for the plot of 30 days, it says so', async () => {
  // As if there were always more.
  const page = await open('incidents?view=all', {
    prepare: (it) =>
      it.route('**/graphql', async (route) => {
        if (!asks(route.request(), 'IncidentOpenings')) return route.fallback();
        const response = await route.fetch();
        const answer = await response.json();
        answer.data.incidents.pageInfo.hasNextPage = true;
        return route.fulfill({ response, json: answer });
      }),
  });
  const plot = page.getByRole('figure', { name: /Opened in the last 30 days, of the newest \d/ });
  await plot.getByRole('button', { name: /show the table$/ }).click();
  const cells = plot.getByRole('row').nth(1).getByRole('cell');
  assert.deepEqual(await cells.allInnerTexts(), ['–', '–', '–', '–', '–'], 'nothing is known of the days before');
  await done(page);
});

test('a day begins at one where the clock is set forward at midnight', async () => {
  const page = await open('runbooks', { timezoneId: 'America/Santiago' });
  const asked = page.waitForRequest((request) => asks(request, 'IncidentList'));
  await page.goto(`${page.root}/incidents?view=all&from=2026-09-06&to=2026-09-06`);
  const { filter } = (await asked).postDataJSON().variables;
  assert.deepEqual([filter.openedAfter, filter.openedBefore], ['2026-09-06T04:00:00.000Z', '2026-09-07T03:00:00.000Z']);
  await done(page);
});

test('rows do not move while something is selected', async () => {
  const service = unique('still').replaceAll(' ', '-');
  const first = await openIncident({ title: unique('First'), severity: 'MEDIUM', services: [service] });
  const page = await open(`incidents?service=${service}`);
  await page.getByLabel(`Select #${first.number}`, { exact: true }).check();
  const worse = await openIncident({ title: unique('Worse'), severity: 'CRITICAL', services: [service] });
  await page.getByRole('button', { name: /1 new/ }).waitFor();
  assert.equal(await page.getByRole('link', { name: worse.title }).count(), 0);
  // A selected row that stops to match stays, and says so by its status.
  await resolve(first.id);
  await page.locator(`[data-id="${first.id}"].left`).waitFor();
  await page.keyboard.press('.');
  await page.getByRole('link', { name: worse.title }).waitFor();
  await done(page);
});

test('an incident that is opened while the list is being read is shown', async () => {
  const service = unique('meanwhile').replaceAll(' ', '-');
  const first = await openIncident({ title: unique('Before'), services: [service] });
  const title = unique('After the answer was made');
  let answer;
  let arrived;
  const page = await open(`incidents?service=${service}`, {
    prepare: async (it) => {
      answer = await holdAnswer(it, 'IncidentList');
      arrived = sent(it, title);
    },
  });
  await answer.made;
  await openIncident({ title, services: [service] });
  await resolve(first.id);
  await arrived;
  answer.release();
  await page.getByRole('link', { name: title }).waitFor();
  await page.locator(`[data-id="${first.id}"]`).waitFor({ state: 'detached' });
  await done(page);
});

test('the list works by keys alone: down, select, acknowledge several, open', async () => {
  const service = unique('keys').replaceAll(' ', '-');
  const all = [];
  for (const severity of ['CRITICAL', 'HIGH', 'MEDIUM']) all.push(await openIncident({ title: unique(`Keys ${severity}`), severity, services: [service] }));
  const page = await open(`incidents?service=${service}`);
  await page.getByRole('link', { name: all[2].title }).waitFor();
  await page.keyboard.press('j');
  await page.keyboard.press('x');
  await page.keyboard.press('j');
  await page.keyboard.press('x');
  await page.getByText('2 selected').waitFor();
  await page.keyboard.press('a');
  for (const it of all.slice(0, 2)) await eventually(async () => (await incident(it.number)).status === 'ACKNOWLEDGED', `#${it.number} is acknowledged`);
  assert.equal((await incident(all[2].number)).status, 'OPEN');
  await page.getByText('2 incidents acknowledged').waitFor();
  await page.keyboard.press('j');
  await eventually(() => page.evaluate(() => document.activeElement?.matches('.row-title a') ?? false), 'a row has the focus');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1 }).filter({ hasText: 'Keys' }).waitFor();
  await done(page);
});

test('several are assigned at once', async () => {
  const service = unique('bulk').replaceAll(' ', '-');
  const all = [await openIncident({ title: unique('Bulk'), services: [service] }), await openIncident({ title: unique('Bulk'), services: [service] })];
  const page = await open(`incidents?service=${service}`);
  for (const it of all) await page.getByLabel(`Select #${it.number}`, { exact: true }).check();
  await page.getByRole('toolbar').getByRole('button', { name: 'Assign' }).click();
  await page.getByRole('combobox', { name: 'Owner' }).fill('dmitri');
  await page.getByRole('dialog').getByRole('button', { name: 'Assign' }).click();
  for (const it of all) await eventually(async () => (await incident(it.number)).owner === 'dmitri', 'it has its owner');
  await done(page);
});

test('the palette finds an incident and a page', async () => {
  const { title, number } = await openIncident({ title: unique('Palette') });
  const page = await open('incidents');
  await page.locator('.top').waitFor();
  await page.keyboard.press('Control+k');
  const input = page.getByRole('combobox');
  await input.fill(title);
  await page.getByRole('option', { name: `#${number}` }).waitFor();
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: title }).waitFor();
  await page.keyboard.press('Control+k');
  await input.fill('insights');
  await page.getByRole('option', { name: /insights/i, selected: true }).waitFor();
  await page.keyboard.press('Enter');
  await eventually(async () => page.url().endsWith('/insights'), 'insights are shown');
  await done(page);
});

test('an empty list says the next step', async () => {
  const page = await open('incidents?service=there-is-no-such-service');
  await page.getByText('Nothing matches').waitFor();
  await page.getByRole('button', { name: 'Clear the filters' }).click();
  await eventually(async () => !page.url().includes('service='), 'the filters are gone');
  await done(page);
});

test('a viewer sees no action', async () => {
  const { number } = await openIncident({ title: unique('Read only') });
  const page = await open(`incidents/${number}`, { actor: 'vera', role: 'viewer' });
  await page.getByRole('heading', { level: 1 }).waitFor();
  assert.equal(await page.getByRole('button', { name: /Acknowledge|Resolve|^Runbook$/ }).count(), 0);
  assert.equal(await page.locator('#note').count(), 0);
  await done(page);
});

test('several get a severity, are resolved, and are merged at once', async () => {
  const service = unique('bulk').replaceAll(' ', '-');
  const all = [];
  for (let i = 0; i < 4; i++) all.push(await openIncident({ title: unique('Bulk'), services: [service], severity: 'LOW' }));
  const page = await open(`incidents?service=${service}`);
  const select = async (some) => {
    for (const it of some) await page.getByLabel(`Select #${it.number}`, { exact: true }).check();
  };
  await select(all);
  await page.getByRole('toolbar').getByRole('button', { name: 'Severity' }).click();
  await page.getByRole('menuitem', { name: 'High' }).click();
  for (const it of all) await eventually(async () => (await incident(it.number)).severity === 'HIGH', `#${it.number} is high`);
  // The answers end the selection.
  await page.getByRole('toolbar').waitFor({ state: 'detached' });
  await select(all.slice(0, 2));
  await page.getByRole('toolbar').getByRole('button', { name: 'Merge' }).click();
  await page.getByLabel('The incident that continues').fill(`#${all[3].number}`);
  await page.getByRole('radio', { name: `#${all[3].number}` }).check();
  await page.getByRole('button', { name: `Merge into #${all[3].number}` }).click();
  for (const it of all.slice(0, 2)) await eventually(async () => (await incident(it.number)).mergedInto === all[3].id, `#${it.number} is merged`);
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.keyboard.press('Escape');
  await page.getByRole('toolbar').waitFor({ state: 'detached' });
  await select(all.slice(2));
  await page.getByRole('toolbar').getByRole('button', { name: 'Resolve' }).click();
  for (const it of all.slice(2)) await eventually(async () => (await incident(it.number)).status === 'RESOLVED', `#${it.number} is resolved`);
  await page.getByText('2 incidents resolved').waitFor();
  await done(page);
});

test('Enter that takes the suggestion of an input method opens nothing', async () => {
  const page = await open('incidents');
  const enter = (field) => field.dispatchEvent('keydown', { key: 'Enter', isComposing: true, bubbles: true });
  await page.getByRole('button', { name: 'Open incident' }).click();
  const field = page.getByLabel('What is wrong?');
  const [half, whole] = [unique('Half'), unique('Whole')];
  await field.fill(half);
  await enter(field);
  await field.fill(whole);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: whole, level: 1 }).waitFor();
  assert.equal((await api('query($search: String) { incidents(filter: { search: $search }) { totalCount } }', { search: half })).incidents.totalCount, 0);
  await page.locator('.event').first().waitFor();
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox').fill('insights');
  await page.getByRole('option', { name: /insights/i, selected: true }).waitFor();
  await enter(page.getByRole('combobox'));
  await page.keyboard.press('Enter');
  await page.locator('.insights').waitFor();
  assert.equal(await page.getByRole('dialog').count(), 0);
  await done(page);
});

test('an incident that is opened after the person has gone on takes them nowhere', async () => {
  let answer;
  const page = await open('incidents', { prepare: async (it) => (answer = await holdAnswer(it, 'OpenIncident')) });
  await page.getByRole('button', { name: 'Open incident' }).click();
  const dialog = page.getByRole('dialog');
  const title = unique('Opened late');
  await dialog.getByLabel('What is wrong?').fill(title);
  await dialog.getByLabel('What is known so far').fill('Sent by Ctrl+Enter');
  await page.keyboard.press('Control+Enter');
  await answer.made;
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  await page.getByRole('link', { name: 'Runbooks' }).click();
  await page.getByRole('heading', { name: 'Runbooks', level: 1 }).waitFor();
  answer.release();
  await page.getByRole('button', { name: /^Show #\d+$/ }).waitFor();
  assert.ok(page.url().endsWith('/runbooks'));
  await page.getByRole('button', { name: /^Show #\d+$/ }).click();
  await page.getByRole('heading', { name: title, level: 1 }).waitFor();
  await done(page);
});

test('a view that is saved in one tab is there, and stays, in another', async () => {
  const page = await open('incidents');
  const other = await page.context().newPage();
  await other.goto(page.url());
  const save = async (tab, name) => {
    // A tab in the background draws seldom.
    await tab.bringToFront();
    await tab.getByRole('button', { name: 'Views' }).click();
    await tab.getByRole('menuitem', { name: 'Save this view…' }).click();
    await tab.getByLabel('Name').fill(name);
    await tab.getByRole('button', { name: 'Save', exact: true }).click();
    await tab.getByText('The view is saved in this browser').waitFor();
  };
  await save(page, 'Of the first tab');
  await save(other, 'Of the second tab');
  await page.bringToFront();
  await page.getByRole('button', { name: 'Views' }).click();
  for (const name of ['Of the first tab', 'Of the second tab']) await page.getByRole('menuitem', { name, exact: true }).waitFor();
  assert.deepEqual(Object.keys(JSON.parse(await other.evaluate(() => localStorage.getItem('nself-incidents.views')))), ['Of the first tab', 'Of the second tab']);
  await done(page);
});

test('an incident is found by words and by its number, and a view is saved', async () => {
  const { title, number } = await openIncident({ title: unique('Searched'), owner: 'carol' });
  const page = await open('incidents');
  await page.locator('.live.on').waitFor();
  await page.keyboard.press('/');
  await page.keyboard.type(title);
  await page.getByRole('link', { name: title }).waitFor();
  await eventually(async () => page.url().includes('q=Searched'), 'the search is in the address');
  const name = unique('View');
  await page.getByRole('button', { name: 'Views' }).click();
  await page.getByRole('menuitem', { name: 'Save this view…' }).click();
  await page.getByLabel('Name').fill(name);
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByRole('button', { name: 'Clear all' }).click();
  await eventually(async () => !page.url().includes('q='), 'the search is gone');
  await page.getByRole('button', { name: 'Views' }).click();
  await page.getByRole('menuitem', { name, exact: true }).click();
  await page.getByRole('link', { name: title }).waitFor();
  await page.getByRole('searchbox').fill(`#${number}`);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: title, level: 1 }).waitFor();
  await done(page);
});
