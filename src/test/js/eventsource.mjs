// The EventSource of a real browser, which connects again by itself and says where it was. It cannot set headers, so the page has
// a cookie with the token, as HASURA_GRAPHQL_JWT_SECRET names it.
import { chromium } from 'playwright-core';
import { INCIDENT, judge, LAST, line, state, write } from './watching.mjs';

const through = await line();
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ['--no-sandbox'] });
const context = await browser.newContext();
await context.addCookies([{ name: 'nself_token', value: process.env.JWT, url: through.url }]);
const page = await context.newPage();
// A page of the same origin, as nginx would serve it beside the API.
await page.route('**/page', (route) => route.fulfill({ contentType: 'text/html', body: '<title>Watching</title>' }));
await page.goto(`${through.url}/page`);
const seqs = [];
state.say = async () =>
  `${seqs.length} events, ${through.cuts()} cuts, ${through.open()} connections, the source is ${await page.evaluate(() => window.source?.readyState)}`;
let finish;
const done = new Promise((resolve) => (finish = resolve));
await page.exposeFunction('seen', (seq, id) => {
  if (String(seq) !== id) throw new Error(`seq ${seq} came under the id ${id}`);
  seqs.push(seq);
  if (seq === LAST) finish();
});
await page.evaluate((incident) => {
  window.source = new EventSource(`/api/v1/incidents/${incident}/timeline`);
  let order = Promise.resolve();
  window.source.onmessage = (message) => {
    order = order.then(() => window.seen(JSON.parse(message.data).seq, message.lastEventId));
  };
}, INCIDENT);
await write(through);
await done;
await browser.close();
judge('EventSource in Chromium', seqs, through.cuts());
