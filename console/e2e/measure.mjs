// Measures the console with a running service: `npm run measure -- paint`, `latency`, `scroll` or `storm MINUTES`.
// `.ci/with-try-out npm --prefix console run measure -- storm 30` starts the try-out for it.
import { addNote, close, fillDemo, fillIncidents, longTimeline, open, openIncident, percentile, scroll, unique } from './support.mjs';

const [what, argument] = process.argv.slice(2);

const spread = (values) => `p50 ${percentile(values, 0.5).toFixed(1)} ms, p95 ${percentile(values, 0.95).toFixed(1)}, p99 ${percentile(values, 0.99).toFixed(1)}, at most ${values.at(-1).toFixed(1)}`;

/** From the start of the navigation until the first incident is painted, on the demo account. */
async function paint() {
  await fillDemo();
  const page = await open('incidents?view=all', {
    prepare: (it) =>
      it.addInitScript(() => {
        new MutationObserver((_changes, observer) => {
          if (!document.querySelector('.row')) return;
          observer.disconnect();
          requestAnimationFrame(() => setTimeout(() => (window.painted = performance.now())));
        }).observe(document, { childList: true, subtree: true });
      }),
  });
  const values = [];
  for (let i = 0; i < 20; i++) {
    await page.reload();
    await page.waitForFunction(() => window.painted);
    values.push(await page.evaluate(() => window.painted));
  }
  console.log(`first incident painted after navigation: ${spread(values.sort((a, b) => a - b))}`);
}

/** From sending a note, by another client, until the page shows it. */
async function latency() {
  const { id, number } = await openIncident({ title: unique('Latency') });
  const page = await open(`incidents/${number}`);
  await page.locator('.live.on').waitFor();
  await page.evaluate(() => {
    window.seen = {};
    new MutationObserver(() => {
      for (const event of document.querySelectorAll('.event')) {
        const probe = /probe-(\d+)-/.exec(event.textContent)?.[1];
        if (probe) window.seen[probe] ??= performance.timeOrigin + performance.now();
      }
    }).observe(document.body, { childList: true, subtree: true, characterData: true });
  });
  const values = [];
  for (let i = 0; i < 200; i++) {
    const sent = performance.timeOrigin + performance.now();
    await addNote(id, `probe-${i}-`);
    values.push((await (await page.waitForFunction((probe) => window.seen[probe], i, { polling: 10 })).jsonValue()) - sent);
  }
  console.log(`an event of another client is shown after: ${spread(values.sort((a, b) => a - b))}`);
}

async function scrolling() {
  await fillIncidents(10_000);
  const { number } = await longTimeline(20_000);
  for (const path of ['incidents?view=all', `incidents/${number}`]) {
    for (const [pixels, frames] of [
      [60, 600],
      [120, 600],
      [880, 300],
    ]) {
      // A browser that was traced before paints nothing in a second trace.
      await close();
      const page = await open(path);
      await page.locator('.row, .event').first().waitFor();
      const { busy, between } = await scroll(page, pixels, frames);
      console.log(`${path}, ${pixels} px a frame: processor ${spread(busy)}; between frames ${spread(between)}`);
    }
  }
}

/** 20 events a second, a fifth of them new incidents; the heap after collecting garbage, in a list and in a timeline. */
async function storm(minutes) {
  const { id, number } = await openIncident({ title: unique('Storm') });
  const pages = [await open('incidents?view=all'), await open(`incidents/${number}`)];
  const sessions = [];
  for (const page of pages) {
    await page.locator('.live.on').waitFor();
    sessions.push(await page.context().newCDPSession(page));
  }
  const measure = async (minute, events) => {
    const figures = [];
    for (const [at, session] of sessions.entries()) {
      for (let i = 0; i < 3; i++) await session.send('HeapProfiler.collectGarbage');
      const { usedSize } = await session.send('Runtime.getHeapUsage');
      const elements = await pages[at].evaluate(() => document.querySelectorAll('*').length);
      figures.push(`${at === 0 ? 'list' : 'timeline'} ${(usedSize / 1e6).toFixed(1)} MB, ${elements} elements`);
    }
    console.log(`minute ${minute.toFixed(1)}, ${events} events: ${figures.join('; ')}`);
  };
  const begun = Date.now();
  let events = 0;
  let nextMeasure = 0;
  for (;;) {
    const elapsed = Date.now() - begun;
    if (elapsed >= nextMeasure) {
      await measure(elapsed / 60_000, events);
      nextMeasure += Math.min(60_000, (minutes * 60_000) / 4);
    }
    if (elapsed >= minutes * 60_000) break;
    while (events < ((Date.now() - begun) / 1000) * 20) {
      if (events++ % 5 === 0) await openIncident({ title: `Storm ${events}`, severity: 'INFO' });
      else await addNote(id, `Storm ${events}: ${'x'.repeat(200)}`);
    }
    await new Promise((next) => setTimeout(next, 20));
  }
  await measure((Date.now() - begun) / 60_000, events);
  for (const page of pages) if (page.problems.length > 0) console.log(page.problems);
}

const measures = { paint, latency, scroll: scrolling, storm: () => storm(Number(argument ?? 30)) };
if (!measures[what]) {
  console.error(`Which one? ${Object.keys(measures).join(', ')}`);
  process.exit(1);
}
try {
  await measures[what]();
} finally {
  await close();
}
