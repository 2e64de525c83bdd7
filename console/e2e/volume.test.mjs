import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { addNote, api, close, done, eventually, fillIncidents, longTimeline, open, openIncident, percentile, repeat, resolve, scroll, unique } from './support.mjs';

const INCIDENTS = 10_000;
const EVENTS = 5_000;

let timeline;

before(async () => {
  await fillIncidents(INCIDENTS);
  timeline = await longTimeline(EVENTS);
});
after(close);

/** Figures, not bounds: `npm run measure -- scroll` measures on a machine that does nothing else. */
const describe = ({ busy }) => `a frame takes ${percentile(busy, 0.5).toFixed(1)} ms of the processor, p95 ${percentile(busy, 0.95).toFixed(1)}, at most ${busy.at(-1).toFixed(1)}`;

test('ten thousand incidents scroll from end to end, and only those near the screen are in the document', async (context) => {
  const { incidents } = await api('{ incidents(first: 0) { totalCount } }');
  const page = await open('incidents?view=all');
  await page.locator('.row').first().waitFor();
  // While further pages are read.
  const reading = await scroll(page, 300, 200);
  await eventually(
    async () => {
      await page.evaluate(() => scrollTo(0, document.querySelector('.virtual').offsetHeight - innerHeight));
      return (await page.locator('.more-below').count()) === 0;
    },
    'all pages are read',
    60_000,
  );
  assert.equal(await page.locator('.virtual').evaluate((list) => list.offsetHeight / list.querySelector('.row').offsetHeight), incidents.totalCount);
  assert.ok((await page.locator('.row').count()) < 120, 'only what is near the screen is in the document');
  await page.evaluate(() => scrollTo(0, 0));
  const slowly = await scroll(page, 120, 300);
  for (const [what, frames] of [
    ['reading further pages', reading],
    ['all are read', slowly],
  ]) {
    context.diagnostic(`${what}: ${describe(frames)}`);
  }
  await done(page);
});

test('a timeline of five thousand events scrolls from end to end, and only what is near the screen is in the document', async (context) => {
  const page = await open(`incidents/${timeline.number}`);
  await page.locator('.event').first().waitFor();
  const frames = await scroll(page, 60, 400);
  context.diagnostic(describe(frames));
  assert.ok((await page.locator('.event').count()) < 120, 'only what is near the screen is in the document');
  // The first event is at the end.
  await eventually(async () => {
    await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
    return (await page.getByText('opened the incident').count()) === 1;
  }, 'the first event is reached');
  await eventually(async () => (await page.locator('.loading-event').count()) === 0, 'what is near the screen is read');
  await done(page);
});

test('a page that stays open keeps nothing of what it showed before', async (context) => {
  const { id, number } = await openIncident({ title: unique('Open all night') });
  const page = await open(`incidents/${number}`, { prepare: (it) => it.clock.install() });
  await page.locator('.live.on').waitFor();
  const devtools = await page.context().newCDPSession(page);
  const nodes = [];
  for (let round = 0; round < 12; round++) {
    for (let i = 0; i < 12; i++) await addNote(id, `Round ${round}, note ${i}`);
    await page.locator('.event', { hasText: `Round ${round}, note 11` }).waitFor();
    // Draws the page again, as each time that it says how long ago something was.
    await page.clock.runFor(10_500);
    for (let i = 0; i < 3; i++) await devtools.send('HeapProfiler.collectGarbage');
    nodes.push((await devtools.send('Memory.getDOMCounters')).nodes);
  }
  context.diagnostic(`nodes after each round: ${nodes.join(', ')}`);
  // 280 more a round where an element was drawn again, which keeps the former tree.
  assert.ok(nodes.at(-1) - nodes[2] < 280, `the nodes of former rounds are forgotten: ${nodes.join(', ')}`);
  await done(page);
});

test('of incidents that are opened in a storm, a page keeps those that it shows', async (context) => {
  const { number, id, title } = await openIncident({ title: unique('Before the storm'), severity: 'CRITICAL' });
  const page = await open('incidents?view=all');
  await page.locator('.live.on').waitFor();
  const devtools = await page.context().newCDPSession(page);
  let opened = 0;
  const storm = async (count) => {
    const last = unique('Storm');
    await repeat(count - 1, () => openIncident({ title: `Storm ${++opened}`, severity: 'INFO' }));
    await openIncident({ title: last, severity: 'INFO' });
    await page.locator('.row', { hasText: last }).waitFor();
    for (let i = 0; i < 3; i++) await devtools.send('HeapProfiler.collectGarbage');
    return (await devtools.send('Runtime.getHeapUsage')).usedSize / 1e6;
  };
  const heap = [await storm(800), await storm(800), await storm(800)];
  context.diagnostic(`heap after each 800 incidents: ${heap.map((it) => it.toFixed(2)).join(', ')} MB`);
  // 0.6 MB more each time where each of them was kept.
  assert.ok(heap.at(-1) - heap[0] < 0.7, `the heap does not grow with what is not shown: ${heap.join(', ')} MB`);

  // The list, which is behind the page of an incident now, takes in what is opened; the incident stays known, though it does not change.
  await page.evaluate((to) => Object.assign(document.body.appendChild(document.createElement('a')), { href: to }).click(), `incidents/${number}`);
  await page.getByRole('heading', { level: 1, name: title }).waitFor();
  await repeat(900, (i) => openIncident({ title: `Storm behind the page ${i}`, severity: 'INFO' }));
  await resolve(id);
  await page.locator('.at-a-glance').getByText('Resolved').waitFor();
  await done(page);
});
