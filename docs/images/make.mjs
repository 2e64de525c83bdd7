// Makes the screenshots of the README with the console of a running try-out, BASE_URL, and its demo account.
import { createRequire } from 'node:module';
import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const require = createRequire(new URL('../../console/package.json', import.meta.url));
const { chromium } = require('playwright-core');
const base = process.env.BASE_URL;
const MAX_BYTES = 300_000;

/** A request of the console's own page, which the try-out signs in. */
async function post(path, headers = {}) {
  const response = await fetch(base + path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'Sec-Fetch-Site': 'same-origin', Origin: base, ...headers },
    body: '{}',
  });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return response.json();
}

const { token } = await post('/console/try-out/session');
const Authorization = `Bearer ${token}`;
await post('/console/try-out/demo', { Authorization });

async function query(text) {
  const response = await fetch(`${base}/graphql`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization },
    body: JSON.stringify({ query: text }),
  });
  return (await response.json()).data;
}

const { incidents, runbooks } = await query(
  '{ incidents(first: 1, filter: {search: "Checkout", status: [ACKNOWLEDGED]}) { nodes { number } }' +
    ' runbooks(filter: {key: ["roll-back-service"]}) { nodes { executions(first: 1) { nodes { id } } } } }',
);
const number = incidents.nodes[0].number;
const execution = runbooks.nodes[0].executions.nodes[0].id;

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox'],
});

async function shoot(name, path, { width = 1280, height = 800, colorScheme = 'light' } = {}) {
  const page = await browser.newPage({ viewport: { width, height }, colorScheme, timezoneId: 'Europe/Berlin', locale: 'en-GB' });
  await page.goto(base + path);
  await page.locator('main').waitFor();
  await page.waitForLoadState('networkidle').catch(() => undefined);
  await page.waitForTimeout(500);
  const file = fileURLToPath(new URL(`${name}.png`, import.meta.url));
  await page.screenshot({ path: file });
  await page.close();
  const { size } = statSync(file);
  console.log(`${name}.png ${size.toLocaleString('en')} bytes`);
  if (size > MAX_BYTES) throw new Error(`${name}.png is larger than ${MAX_BYTES} bytes`);
}

try {
  await shoot('incidents', '/incidents');
  await shoot('incident', `/incidents/${number}`, { colorScheme: 'dark' });
  await shoot('execution', `/executions/${execution}`);
  await shoot('insights', '/insights');
  await shoot('phone', `/incidents/${number}`, { width: 360, height: 740 });
} finally {
  await browser.close();
}
