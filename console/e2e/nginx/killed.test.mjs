import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { addNote, close, done, incident, open, openIncident, unique } from '../support.mjs';
import { tell } from './harness.mjs';

after(close);

test('the service is killed and comes back: the page says so, and no event is lost or doubled', async () => {
  const { id, number } = await openIncident({ title: unique('Killed') });
  const page = await open(`incidents/${number}`);
  const list = await open('incidents');
  await list.locator('.live.on').waitFor();
  await page.locator('.live.on').waitFor();
  // Notes are written until the kill; those that the service confirmed must be there.
  const confirmed = [];
  let killed = false;
  const writing = (async () => {
    for (let i = 0; !killed; i++) {
      try {
        await addNote(id, `before the kill ${i}.`);
        confirmed.push(`before the kill ${i}.`);
      } catch {
        return;
      }
    }
  })();
  await page.locator('.event', { hasText: 'before the kill 5.' }).waitFor();
  await tell('kill');
  killed = true;
  await writing;
  await page.getByText(/Not live since \d\d:\d\d, reconnecting/).waitFor();
  await list.getByText(/Not live since \d\d:\d\d, reconnecting/).waitFor();

  await page.getByLabel('Note').fill('written while it was away');
  await page.keyboard.press('Control+Enter');
  await page.getByText('Your text is kept.').waitFor({ timeout: 40_000 });
  await tell('start');
  await addNote(id, 'after the return');
  await page.getByRole('button', { name: 'Add note' }).click({ timeout: 40_000 });
  await page.locator('.event', { hasText: 'written while it was away' }).waitFor({ timeout: 40_000 });
  await page.locator('.event', { hasText: 'after the return' }).waitFor({ timeout: 40_000 });
  await page.locator('.live.on').waitFor({ timeout: 40_000 });
  const opened = await openIncident({ title: unique('After the return'), severity: 'CRITICAL' });
  await list.getByRole('link', { name: opened.title }).waitFor({ timeout: 40_000 });

  const expected = [...confirmed.slice(-20), 'written while it was away', 'after the return'];
  const { timeline } = await incident(number);
  for (const text of expected) assert.equal(timeline.nodes.filter((event) => event.message === text).length, 1, `${text} is recorded once`);
  // The page has exactly the events of the service, each once.
  const shown = await page.locator('.event').evaluateAll((events) => events.map((event) => Number(event.id.replace('event-', ''))));
  assert.deepEqual(shown, Array.from(shown, (_, at) => shown[0] - at), 'without a gap or a double');
  assert.equal(shown[0], timeline.nodes.at(-1).seq);
  await done(page);
  await done(list);
});
