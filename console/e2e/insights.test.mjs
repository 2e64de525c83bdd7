import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { answerWithError, close, done, eventually, mutate, open, openIncident, resolve, unique } from './support.mjs';

const opened = new Date(Date.now() - 3_600_000);
let incident;

before(async () => {
  incident = await openIncident({ title: unique('Counted'), severity: 'HIGH', services: ['insights-test'], openedAt: opened.toISOString() });
  await resolve(incident.id);
});
after(close);

test('a number leads to its incidents, and changes with period and time zone in the address', async () => {
  const page = await open('insights?period=this-month&service=insights-test');
  const tile = page.getByRole('button', { name: /^MTTR time/ });
  await tile.waitFor();
  assert.match(await tile.innerText(), /1.h/);
  await tile.click();
  await page.getByRole('dialog').getByRole('link', { name: incident.title }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Last 12 months' }).click();
  await eventually(async () => page.url().includes('period=12m'), 'the period is in the address');
  await page.getByRole('button', { name: 'Europe/Berlin', exact: true }).click();
  await page.getByLabel('Find a time zone').fill('tokyo');
  await page.keyboard.press('Enter');
  await page.getByText('by the wall clock of Asia/').waitFor();
  // By that clock it is counted on another hour.
  const hour = (timeZone) => {
    const parts = new Intl.DateTimeFormat('en-GB', { timeZone, weekday: 'long', hour: 'numeric', hourCycle: 'h23' }).formatToParts(opened);
    const part = (type) => parts.find((it) => it.type === type).value;
    return page.locator(`.heatmap td[title^="${part('weekday')}, ${Number(part('hour'))} to "]`);
  };
  await hour('Asia/Tokyo').and(page.locator(':not(.none)')).waitFor();
  await page.goBack();
  await eventually(async () => page.url().includes('period=this-month'), 'Back returns to the period before');
  await done(page);
});

test('an incident behind a number took what the number counts', async () => {
  const service = unique('took').replaceAll(' ', '-');
  const started = Date.now() - 7_200_000;
  const { id, title } = await openIncident({ title: unique('Took'), services: [service], openedAt: new Date(started).toISOString() });
  await resolve(id);
  await mutate('setMilestone', { incidentId: id, kind: 'MITIGATED', occurredAt: new Date(started + 1_800_000).toISOString(), reason: 'The traffic was moved' });
  const page = await open(`insights?period=this-month&service=${service}`);
  const row = page.getByRole('dialog').getByRole('row', { name: title });
  await page.getByRole('button', { name: /^MTTM time/ }).click();
  await row.getByRole('cell', { name: '30 min' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: /^MTTR time/ }).click();
  await row.getByRole('cell', { name: /^2 h/ }).waitFor();
  await done(page);
});

test('where the numbers of another period cannot be read, those of the former one are not shown', async () => {
  const page = await open('insights?period=this-month&service=insights-test');
  await page.locator('.tiles').waitFor();
  const allow = await answerWithError(page, 'Insights', 'too much to count');
  await page.getByRole('button', { name: 'Last 12 months' }).click();
  await page.getByText('Too much to count').waitFor();
  assert.equal(await page.locator('.tiles').count(), 0);
  await allow();
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.locator('.tiles').waitFor();
  await done(page);
});

test('every plot has a table and CSV', async () => {
  const page = await open('insights?period=this-month&service=insights-test');
  await page.getByRole('button', { name: 'MTTR: time to resolve: show the table' }).click();
  await page.getByRole('columnheader', { name: '90th percentile' }).waitFor();
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'MTTR: time to resolve: download as CSV' }).click()]);
  assert.equal(download.suggestedFilename(), 'mttr.csv');
  const csv = await readFile(await download.path(), 'utf8');
  assert.match(csv, /^\ufeffwhen,Median \(seconds\),90th percentile \(seconds\),Incidents\r\n/);
  assert.match(csv, /,36\d\d(\.\d+)?,36\d\d/);
  const [heat] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'When incidents begin: download as CSV' }).click()]);
  assert.equal((await readFile(await heat.path(), 'utf8')).trim().split('\r\n').length, 1 + 7 * 24);
  await done(page);
});
