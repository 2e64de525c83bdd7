import { chromium } from 'playwright-core';
const base = process.env.BASE_URL, api = process.env.SERVICE_URL;
const H = { Authorization: 'Bearer development-token', 'Content-Type': 'application/json', 'X-Hasura-Source-Account-Id': 'primary', 'X-Hasura-Role': 'admin', 'X-Hasura-User-Id': 'load' };
const post = (p, b) => fetch(api + p, { method: 'POST', headers: H, body: JSON.stringify(b) }).then((r) => r.json());
async function pool(n, c, f) { let i = 0; await Promise.all(Array.from({ length: c }, async () => { while (i < n) await f(i++); })); }
const what = process.argv[2];
if (what === 'seed') {
  let t = Date.now();
  await pool(10000, 8, (i) => post('/api/v1/incidents', { title: `Load ${i} of many incidents`, severity: ['critical', 'high', 'medium', 'low', 'info'][i % 5], services: ['svc' + (i % 40)] }));
  console.log('10,000 incidents', Date.now() - t);
  t = Date.now();
  const inc = await post('/api/v1/incidents', { title: 'A timeline of 20,000 events', severity: 'critical' });
  console.log('number', inc.number);
  await pool(20000, 8, (i) => post(`/api/v1/incidents/${inc.number}/timeline`, { message: i % 7 ? `Event ${i}: replica lag is ${i % 90} s` : `Event ${i} is **longer**, with a list\n\n- one\n- two\n- three ${'word '.repeat(i % 40)}` }));
  console.log('20,000 events', Date.now() - t);
  process.exit();
}
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--enable-precise-memory-info'] });
const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
await page.addInitScript(() => { new MutationObserver(() => { if (!window.__row && document.querySelector('.row')) requestAnimationFrame(() => setTimeout(() => (window.__row ??= performance.now()))); }).observe(document, { childList: true, subtree: true }); });
const frames = async (dy, n, settle = 0) => page.evaluate(async ([dy, n, settle]) => {
  const times = []; let last = await new Promise(requestAnimationFrame);
  for (let i = 0; i < n; i++) { scrollBy(0, dy); const now = await new Promise(requestAnimationFrame); times.push(now - last); last = now; if (settle && i % 20 === 19) { await new Promise((r) => setTimeout(r, settle)); last = await new Promise(requestAnimationFrame); } }
  times.sort((a, b) => a - b);
  return { p50: times[n >> 1].toFixed(1), p95: times[Math.floor(n * 0.95)].toFixed(1), p99: times[Math.floor(n * 0.99)].toFixed(1), max: times.at(-1).toFixed(1) };
}, [dy, n, settle]);
const cdp0 = await page.context().newCDPSession(page); await cdp0.send('Performance.enable', { timeDomain: 'threadTicks' });
const cpu = async (label, f, n) => { const get = async () => Object.fromEntries((await cdp0.send('Performance.getMetrics')).metrics.map((m) => [m.name, m.value])); const a = await get(); const r = await f(); const b = await get(); console.log(label, r, 'CPU ms a frame:', ['ScriptDuration', 'LayoutDuration', 'RecalcStyleDuration', 'TaskDuration'].map((k) => k.replace('Duration', '') + ' ' + (((b[k] - a[k]) * 1000) / n).toFixed(1)).join(', ')); };
if (what === 'cpu') {
  await page.goto(base + '/incidents?view=all'); await page.waitForSelector('.row'); await page.waitForTimeout(2500);
  await page.evaluate(async () => { for (let i = 0; i < 30; i++) { scrollTo(0, document.body.scrollHeight); await new Promise((r) => setTimeout(r, 120)); } scrollTo(0, 0); }); await page.waitForTimeout(500);
  await cpu('list 120', () => frames(120, 300), 300);
  await page.evaluate(() => scrollTo(0, 0)); await page.waitForTimeout(500);
  await cpu('list 880', () => frames(880, 100), 100);
  await page.goto(base + '/incidents/' + process.argv[3]); await page.waitForSelector('.event'); await page.waitForTimeout(1500);
  await cpu('timeline 60', () => frames(60, 400), 400);
  await cpu('timeline 400', () => frames(400, 150), 150);
}
if (what === 'paint') {
  for (let i = 0; i < 5; i++) { await page.goto(base + '/incidents'); await page.waitForFunction(() => window.__row); console.log('first incident painted', (await page.evaluate(() => window.__row)).toFixed(0), 'ms'); }
}
if (what === 'scroll') {
  await page.setContent('<body style="height:900000px;background:linear-gradient(red,blue)">x'); await page.waitForTimeout(500); console.log('empty page', await frames(120, 600));
  await page.goto(base + '/incidents'); await page.waitForSelector('.row');
  await page.waitForTimeout(2000);
  // load all pages first
  let rows = 0;
  for (let i = 0; i < 400; i++) { await page.evaluate(() => scrollTo(0, document.body.scrollHeight)); await page.waitForTimeout(60); const more = await page.locator('.more-below').count(); if (!more) break; }
  const height = await page.evaluate(() => document.querySelector('.virtual').offsetHeight); console.log('rows', height / 44);
  await page.evaluate(() => scrollTo(0, 0)); await page.waitForTimeout(800);
  console.log('list  120 px a frame', await frames(120, 600));
  console.log('list 2000 px a frame', await frames(2000, 200));
  await page.goto(base + '/incidents/' + process.argv[3]); await page.waitForSelector('.event'); await page.waitForTimeout(1500);
  console.log('timeline height', await page.evaluate(() => document.querySelector('.virtual').offsetHeight));
  console.log('timeline 60 px a frame', await frames(60, 900));
  console.log('timeline 400 px a frame', await frames(400, 400));
  await page.evaluate(() => scrollTo(0, document.body.scrollHeight / 2)); await page.waitForTimeout(1000);
  console.log('middle visible', await page.locator('.event').nth(5).innerText());
}
if (what === 'latency') {
  const inc = await post('/api/v1/incidents', { title: 'Latency', severity: 'low' });
  await page.goto(base + '/incidents/' + inc.number); await page.waitForSelector('.event'); await page.locator('.live.on').waitFor();
  await page.evaluate(() => { window.__seen = {}; new MutationObserver(() => { for (const e of document.querySelectorAll('.event')) { const m = /probe-(\d+)/.exec(e.textContent); if (m) window.__seen[m[1]] ??= performance.timeOrigin + performance.now(); } }).observe(document.body, { childList: true, subtree: true, characterData: true }); });
  const ms = [];
  for (let i = 0; i < 200; i++) { const t = performance.timeOrigin + performance.now(); await post(`/api/v1/incidents/${inc.number}/timeline`, { message: `probe-${i}` }); await page.waitForFunction((n) => window.__seen[n], i, { polling: 20 }); ms.push((await page.evaluate((n) => window.__seen[n], i)) - t); }
  ms.sort((a, b) => a - b); console.log('event shown after', { p50: ms[100].toFixed(0), p99: ms[197].toFixed(0), max: ms[199].toFixed(0) });
}
if (what === 'storm') {
  const minutes = Number(process.argv[3] ?? 3);
  const inc = await post('/api/v1/incidents', { title: 'Storm', severity: 'low' });
  await page.goto(base + '/incidents' + (process.argv[4] ? '/' + inc.number : '?view=all')); await page.waitForTimeout(3000);
  const cdp = await page.context().newCDPSession(page); const end = Date.now() + minutes * 60000; let i = 0, next = 0;
  while (Date.now() < end) {
    await post(`/api/v1/incidents/${inc.number}/timeline`, { message: `storm ${i++} ${'x'.repeat(200)}` }); if (i % 4 === 0) await post('/api/v1/incidents', { title: `Storm ${i}`, severity: 'info' });
    if (Date.now() > next) { await cdp.send('HeapProfiler.collectGarbage'); const { usedSize } = await cdp.send('Runtime.getHeapUsage'); console.log(((Date.now() - end) / 60000 + minutes).toFixed(1), 'min', i, 'events', (usedSize / 1e6).toFixed(1), 'MB', await page.evaluate(() => document.querySelectorAll('*').length), 'elements'); next = Date.now() + 30000; }
    await new Promise((r) => setTimeout(r, 45));
  }
}
await browser.close();
