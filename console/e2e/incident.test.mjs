import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { addNote, api, asks, close, deferred, done, eventually, holdAnswer, incident, mutate, open, openIncident, openTab, refuse, repeat, sent, unique, wire } from './support.mjs';

after(close);

test('an incident is acknowledged, reassigned and resolved with a reason', async () => {
  const { number } = await openIncident({ title: unique('Lifecycle'), severity: 'HIGH' });
  const page = await open(`incidents/${number}`);
  await page.getByRole('button', { name: 'Acknowledge' }).click();
  await eventually(async () => (await incident(number)).status === 'ACKNOWLEDGED', 'it is acknowledged');
  await page.keyboard.press('o');
  await page.getByRole('combobox', { name: 'Owner' }).fill('carol');
  await page.getByRole('dialog').getByRole('button', { name: 'Assign' }).click();
  await page.getByRole('button', { name: 'carol' }).waitFor();
  await page.getByRole('button', { name: 'Resolve' }).click();
  await page.getByLabel(/Reason/).fill('The former version holds');
  await page.getByRole('dialog').getByRole('button', { name: 'Resolve' }).click();
  await page.getByText('The former version holds').waitFor();
  assert.equal((await incident(number)).status, 'RESOLVED');
  await page.getByRole('list', { name: 'Status over time' }).waitFor();
  await done(page);
});

test('a note is written, corrected and redacted, and the timeline verified', async () => {
  const { number } = await openIncident({ title: unique('Notes') });
  const page = await open(`incidents/${number}`);
  await page.getByLabel('Note').fill('The **pool** is exhausted since `4.18`');
  await page.keyboard.press('Control+Enter');
  await page.locator('.event strong', { hasText: 'pool' }).waitFor();
  const note = page.locator('.event', { hasText: 'exhausted' });
  await note.hover();
  await note.getByRole('button', { name: 'Correct' }).click();
  await page.getByLabel('Corrected text').fill('The pool is exhausted since 4.17');
  await page.getByRole('dialog').getByRole('button', { name: 'Correct' }).click();
  await page.locator('.correction', { hasText: '4.17' }).waitFor();
  await page.locator('.event', { hasText: 'As first written' }).hover();
  await page.locator('.event', { hasText: 'As first written' }).getByRole('button', { name: 'Redact' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Remove the text' }).click();
  await page.getByText(/The text was removed/).first().waitFor();
  assert.ok((await incident(number)).timeline.nodes.find((event) => event.kind === 'note').redacted);
  await page.getByRole('button', { name: 'More actions' }).click();
  await page.getByRole('menuitem', { name: 'Verify the timeline' }).click();
  await page.getByText(/Intact/).waitFor();
  await done(page);
});

test('a note about something that happened earlier says when', async () => {
  const openedAt = new Date(Date.now() - 7_200_000);
  const { number } = await openIncident({ title: unique('Earlier'), openedAt: openedAt.toISOString() });
  const page = await open(`incidents/${number}`, { timezoneId: 'Asia/Kolkata' });
  const composer = page.locator('.composer');
  const happened = composer.getByLabel('Happened (GMT+5:30)');
  await composer.getByLabel('Note').fill('The first report came by telephone');
  await composer.getByRole('button', { name: 'It happened earlier…' }).click();
  // The time of the clock on the wall, in the time zone of the page.
  const wallClock = (time) => new Date(time + 19_800_000).toISOString().slice(0, 16);
  assert.ok(Math.abs(Date.parse(`${await happened.inputValue()}Z`) - 19_800_000 - Date.now()) <= 90_000, 'it begins with the present');
  const then = Math.floor(openedAt.getTime() / 60_000) * 60_000 + 600_000;
  await happened.fill(wallClock(then));
  await composer.getByRole('button', { name: 'Add note' }).click();
  const note = page.locator('.event', { hasText: 'by telephone' });
  await note.waitFor();
  const events = async () => (await api('query($number: Int) { incidentByNumber(number: $number) { timeline(last: 50) { nodes { kind message occurredAt recordedAt } } } }', { number })).incidentByNumber.timeline.nodes.filter((event) => event.kind === 'note');
  const [earlier] = await events();
  assert.equal(Date.parse(earlier.occurredAt), then);
  assert.ok(Date.parse(earlier.recordedAt) > then + 3_600_000, 'when it was written down is kept too');
  assert.equal(await note.locator('time').first().getAttribute('datetime'), earlier.occurredAt, 'the timeline says when it happened');
  // The next note is of the present again, also where an earlier time was chosen and taken back.
  await composer.getByLabel('Note').fill('Nothing earlier');
  await composer.getByRole('button', { name: 'It happened earlier…' }).click();
  await happened.fill(wallClock(then));
  await composer.getByRole('button', { name: 'now' }).click();
  await composer.getByRole('button', { name: 'Add note' }).click();
  await page.locator('.event', { hasText: 'Nothing earlier' }).waitFor();
  const present = (await events()).find((event) => event.message === 'Nothing earlier');
  assert.ok(Date.now() - Date.parse(present.occurredAt) < 60_000, `it happened at ${present.occurredAt}`);
  await done(page);
});

test('a draft is kept over a reload', async () => {
  const { number } = await openIncident({ title: unique('Draft') });
  const page = await open(`incidents/${number}`);
  await page.getByLabel('Note').fill('half a thought');
  await page.reload();
  await page.getByLabel('Note').waitFor();
  assert.equal(await page.getByLabel('Note').inputValue(), 'half a thought');
  await done(page);
});

test('what is written while a note is being sent stays', async () => {
  const { number } = await openIncident({ title: unique('Written on') });
  let answer;
  const page = await open(`incidents/${number}`, { prepare: async (it) => (answer = await holdAnswer(it, 'AddTimelineEvent')) });
  const note = page.getByLabel('Note');
  await note.fill('the first note');
  await page.keyboard.press('Control+Enter');
  await answer.made;
  await page.getByText('Adding…').waitFor();
  await note.fill('the second note, half written');
  answer.release();
  await page.getByText('Adding…').waitFor({ state: 'detached' });
  assert.equal(await note.inputValue(), 'the second note, half written');
  await done(page);
});

test('a late answer closes no other dialog, and a late refusal is said', async () => {
  const { number } = await openIncident({ title: unique('Late') });
  let answer;
  const page = await open(`incidents/${number}`, { prepare: async (it) => (answer = await holdAnswer(it, 'UpdateIncident')) });
  await page.locator('.event').first().waitFor();
  const edit = page.getByRole('dialog', { name: `Edit #${number}` });
  await page.keyboard.press('e');
  await edit.getByLabel('Title').fill(unique('Saved late'));
  await edit.getByRole('button', { name: 'Save' }).click();
  await answer.made;
  await page.keyboard.press('Escape');
  await edit.waitFor({ state: 'detached' });
  await page.keyboard.press('o');
  await page.getByRole('combobox', { name: 'Owner' }).fill('carol');
  answer.release();
  await page.getByText(`#${number} is changed`).waitFor();
  // The message is above the dialog.
  await page.getByRole('button', { name: 'Dismiss' }).click();
  await page.getByText(`#${number} is changed`).waitFor({ state: 'detached' });
  assert.equal(await page.getByRole('combobox', { name: 'Owner' }).inputValue(), 'carol', 'the other dialog stays');
  await page.keyboard.press('Escape');

  const arrival = deferred();
  await page.route('**/graphql', async (route) => {
    if (!route.request().postData()?.includes('mutation UpdateIncident(')) return route.fallback();
    await arrival.promise;
    return route.fulfill({ json: { errors: [{ message: 'not allowed today', extensions: { code: 'forbidden' } }] } });
  });
  await page.keyboard.press('e');
  await edit.getByLabel('Title').fill('Refused late');
  await Promise.all([page.waitForRequest((request) => Boolean(request.postData()?.includes('mutation UpdateIncident('))), edit.getByRole('button', { name: 'Save' }).click()]);
  await page.keyboard.press('Escape');
  await edit.waitFor({ state: 'detached' });
  arrival.resolve();
  await page.getByText(`Edit #${number}: Not allowed today`).waitFor();
  await done(page);
});

test('a half-written edit is not lost to Ctrl+K, a click beside it, its scrollbar or Back', async () => {
  const { number, title } = await openIncident({ title: unique('Half written') });
  const page = await open('incidents?view=all');
  await page.locator('.live.on').waitFor();
  await page.getByRole('link', { name: title }).click();
  await page.locator('.event').first().waitFor();
  const edit = page.getByRole('dialog', { name: `Edit #${number}` });
  await page.keyboard.press('e');
  await edit.waitFor();
  // A press on the scrollbar of a dialog has the dialog as its target, within its box.
  await edit.evaluate((element) => {
    const { right, top } = element.getBoundingClientRect();
    element.dispatchEvent(new MouseEvent('mousedown', { bubbles: true, clientX: right - 2, clientY: top + 20 }));
  });
  await edit.getByLabel('Title').fill('Another title');
  await page.keyboard.press('Control+k');
  await page.mouse.click(5, 5);
  assert.equal(await edit.getByLabel('Title').inputValue(), 'Another title');
  await page.goBack();
  await edit.waitFor({ state: 'detached' });
  await page.getByRole('link', { name: title }).click();
  await page.locator('.event').first().waitFor();
  await page.keyboard.press('e');
  await edit.getByText('This is what you wrote and did not save.').waitFor();
  assert.equal(await edit.getByLabel('Title').inputValue(), 'Another title');
  await edit.getByRole('button', { name: 'Discard' }).click();
  await edit.waitFor({ state: 'detached' });
  await page.keyboard.press('e');
  assert.equal(await edit.getByLabel('Title').inputValue(), title);
  // Nothing is changed now.
  await page.mouse.click(5, 5);
  await edit.waitFor({ state: 'detached' });
  await done(page);
});

test('two versions are shown side by side where somebody else was first', async () => {
  const { id, number } = await openIncident({ title: unique('Conflict') });
  const page = await open(`incidents/${number}`);
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.keyboard.press('e');
  await page.getByLabel('Title').fill('What ana calls it');
  await api('mutation($input: UpdateIncidentInput!) { updateIncident(input: $input) { id } }', { input: { id, title: 'What ben calls it' } }, { actor: 'ben' });
  await page.getByRole('button', { name: 'Save' }).click();
  const dialog = page.getByRole('dialog', { name: /changed in the meantime/ });
  await dialog.getByText('What ben calls it').waitFor();
  await dialog.getByText('What ana calls it').waitFor();
  await dialog.getByRole('button', { name: 'Make my change to this version' }).click();
  await eventually(async () => (await incident(number)).title === 'What ana calls it', 'the change is made');
  await done(page);
});

test('an incident is merged into another', async () => {
  const survivor = await openIncident({ title: unique('Survivor') });
  const merged = await openIncident({ title: unique('Double') });
  const page = await open(`incidents/${merged.number}`);
  await page.getByRole('button', { name: 'More actions' }).click();
  await page.getByRole('menuitem', { name: 'Merge into another' }).click();
  await page.getByLabel('The incident that continues').fill(`#${survivor.number}`);
  await page.getByRole('radio', { name: survivor.title }).check();
  await page.getByRole('button', { name: `Merge into #${survivor.number}` }).click();
  await page.getByText('This continues in').waitFor();
  assert.equal((await incident(merged.number)).mergedInto, survivor.id);
  await done(page);
});

test('a late answer of the search for an incident to merge into replaces no newer one', async () => {
  const survivor = await openIncident({ title: unique('Survivor') });
  const merged = await openIncident({ title: unique('Double') });
  const page = await open(`incidents/${merged.number}`);
  await page.getByRole('heading', { level: 1, name: merged.title }).waitFor();
  const answer = await holdAnswer(page, 'IncidentList');
  const [late] = await Promise.all([page.waitForRequest((request) => asks(request, 'IncidentList')), mergeDialog(page)]);
  await answer.made;
  const arrived = Promise.race(['requestfinished', 'requestfailed'].map((end) => page.waitForEvent(end, (request) => request === late)));
  await page.getByLabel('The incident that continues').fill(`#${survivor.number}`);
  await page.getByRole('radio', { name: survivor.title }).check();
  answer.release();
  await arrived;
  await page.evaluate(() => new Promise(requestAnimationFrame));
  assert.equal(await page.getByRole('radio').count(), 1, 'only what the number finds is offered');
  assert.ok(await page.getByRole('radio', { name: survivor.title }).isChecked());
  await done(page);
});

async function mergeDialog(page) {
  await page.getByRole('button', { name: 'More actions' }).click();
  await page.getByRole('menuitem', { name: 'Merge into another' }).click();
}

test('the severity is changed, the incident reopened, and a milestone gets another reason', async () => {
  const { id, number } = await openIncident({ title: unique('Again'), severity: 'LOW', openedAt: new Date(Date.now() - 3_600_123).toISOString() });
  const page = await open(`incidents/${number}`);
  await page.getByRole('button', { name: 'Low' }).click();
  await page.getByRole('menuitemradio', { name: 'High' }).click();
  await page.locator('.at-a-glance').getByRole('button', { name: 'High' }).waitFor();
  assert.equal((await incident(number)).severity, 'HIGH');
  await mutate('transitionIncident', { id, status: 'CANCELLED' });
  await page.getByRole('button', { name: 'Reopen' }).click();
  const dialog = page.getByRole('dialog');
  assert.ok(await dialog.getByRole('button', { name: 'Reopen' }).isDisabled(), 'a reason is needed');
  await dialog.getByLabel('Reason').fill('It is back');
  await dialog.getByRole('button', { name: 'Reopen' }).click();
  await page.getByText('It is back').waitFor();
  assert.equal((await incident(number)).status, 'OPEN');
  // The field has minutes only: what is not touched keeps its seconds.
  const milestone = async () => (await api('query($number: Int) { incidentByNumber(number: $number) { milestones { kind occurredAt reason } } }', { number })).incidentByNumber.milestones.find((it) => it.kind === 'DETECTED');
  const { occurredAt } = await milestone();
  await page.getByRole('button', { name: 'Correct: Detected' }).click();
  await dialog.getByLabel('Why this time is right').fill('By the graph');
  await dialog.getByRole('button', { name: 'Correct' }).click();
  await page.getByText('Detected is corrected').waitFor();
  assert.deepEqual(await milestone(), { kind: 'DETECTED', occurredAt, reason: 'By the graph' });
  await page.getByRole('button', { name: 'Correct: Detected' }).click();
  const time = dialog.getByLabel(/^Time/);
  const hourAgo = await time.inputValue().then((shown) => `${new Date(Date.parse(`${shown}Z`) - 600_000).toISOString().slice(0, 16)}`);
  await time.fill(hourAgo);
  await dialog.getByLabel('Why this time is right').fill('By the first report');
  await dialog.getByRole('button', { name: 'Correct' }).click();
  await eventually(async () => (await milestone()).reason === 'By the first report', 'the milestone is corrected');
  assert.equal(Date.parse((await milestone()).occurredAt), Math.floor((Date.parse(occurredAt) - 600_000) / 60_000) * 60_000);
  await done(page);
});

test('the timeline is copied as Markdown', async () => {
  const { id, number, title } = await openIncident({ title: unique('Markdown') });
  await addNote(id, 'Disk | full', { actor: 'ben' });
  const page = await open(`incidents/${number}`);
  await page.getByText('Disk | full').waitFor();
  await page.keyboard.press('y');
  await page.getByText('The timeline is copied').waitFor();
  const text = await page.evaluate(() => navigator.clipboard.readText());
  assert.match(text, new RegExp(`# #${number} ${title}`));
  assert.match(text, /\| ben \| Disk \\\| full \|/);
  await done(page);
});

test('where the browser lets nothing be copied, the page says so', async () => {
  const { number } = await openIncident({ title: unique('Not copied') });
  const page = await open(`incidents/${number}`, {
    prepare: (it) =>
      it.addInitScript(() => {
        for (const name of ['write', 'writeText']) navigator.clipboard[name] = () => Promise.reject(new DOMException('', 'NotAllowedError'));
        document.execCommand = () => false;
      }),
  });
  await page.locator('.event').first().waitFor();
  await page.keyboard.press('y');
  await page.getByText('The timeline is not copied').waitFor();
  await done(page);
});

test('kinds of events are filtered, also in a long timeline', async () => {
  const { id, number } = await openIncident({ title: unique('Kinds') });
  for (let i = 0; i < 70; i++) await addNote(id, `note ${i}`);
  const page = await open(`incidents/${number}`);
  await page.getByText('note 69').waitFor();
  await page.getByRole('button', { name: 'Changes', exact: true }).click();
  await page.getByText('opened the incident').waitFor();
  assert.equal(await page.getByText('note 69').count(), 0);
  await page.getByRole('button', { name: 'All', exact: true }).click();
  await page.getByText('note 69').waitFor();
  await done(page);
});

/** 166 events: the second is corrected by one that neither its page of the timeline nor the newest page has. */
let corrected;
const correctedIncident = () =>
  (corrected ??= (async () => {
    const { id, number } = await openIncident({ title: unique('Corrected') });
    const seq = await addNote(id, 'it was the router');
    await repeat(101, (i) => addNote(id, `note ${i}`));
    await mutate('correctTimelineEvent', { incidentId: id, seq, message: 'it was the switch' }, 'seq');
    await repeat(62, (i) => addNote(id, `later note ${i}`));
    return { number, seq };
  })());

test('an event is shown with its correction, wherever that is in the timeline', async () => {
  const { number, seq } = await correctedIncident();
  const page = await open(`incidents/${number}`);
  await page.getByRole('list', { name: 'Status over time' }).waitFor();
  const event = page.locator(`#event-${seq}`, { hasText: 'it was the router' });
  await eventually(async () => {
    await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
    return (await event.count()) === 1;
  }, 'the corrected event is on the screen');
  await event.locator('.correction', { hasText: 'it was the switch' }).waitFor();
  await done(page);
});

test('a timeline whose events cannot be read says so, and is read on when they can', async () => {
  const { number } = await correctedIncident();
  let accept;
  const page = await open(`incidents/${number}`, { prepare: async (it) => (accept = await refuse(it, 'TimelinePage')) });
  await page.locator('.event', { hasText: 'later note' }).first().waitFor();
  await page.getByRole('button', { name: 'Changes', exact: true }).click();
  await page.getByText('Older events could not be read').waitFor();
  assert.equal(await page.getByText('No event of this kind').count(), 0);
  await page.locator('.live.on').waitFor();
  accept();
  await page.getByText('opened the incident').waitFor();
  await page.getByText('Older events could not be read').waitFor({ state: 'detached' });
  await done(page);
});

test('the status over time has a change that the feed brings after the answer', async () => {
  const { number } = await openIncident({ title: unique('Over time') });
  const held = deferred();
  const page = await open(`incidents/${number}`, {
    prepare: (it) =>
      it.routeWebSocket('**/graphql', (socket) => {
        const service = socket.connectToServer();
        service.onMessage((message) => (String(message).includes('status_changed') && String(message).includes(`"number":${number},`) ? held.resolve(() => socket.send(message)) : socket.send(message)));
      }),
  });
  const strip = page.getByRole('list', { name: 'Status over time' });
  await strip.getByText(/^Open for/).waitFor({ state: 'attached' });
  await page.getByRole('button', { name: 'Acknowledge' }).click();
  await page.getByRole('button', { name: 'Mitigate' }).waitFor();
  (await held.promise)();
  await strip.getByText(/^Acknowledged for/).waitFor({ state: 'attached' });
  await done(page);
});

test('a lost service is said, and nothing is lost or doubled when it is back', async () => {
  const { id, number } = await openIncident({ title: unique('Outage') });
  const line = await wire();
  const page = await open(`incidents/${number}`, { at: line.at });
  await addNote(id, 'before the outage');
  await page.locator('.event', { hasText: 'before the outage' }).waitFor();
  line.cut();
  await page.getByText(/Not live since \d\d:\d\d, reconnecting/).waitFor();
  for (let i = 0; i < 5; i++) await addNote(id, `during the outage ${i}`);
  line.mend();
  await page.locator('.event', { hasText: 'during the outage 4' }).waitFor({ timeout: 20_000 });
  await addNote(id, 'after the outage');
  await page.locator('.event', { hasText: 'after the outage' }).waitFor();
  for (const text of ['before the outage', 'during the outage 0', 'during the outage 3', 'after the outage']) {
    assert.equal(await page.locator('.event', { hasText: text }).count(), 1, text);
  }
  assert.equal(await page.getByText(/Not live since/).count(), 0);
  line.close();
  await done(page);
});

test('what happens while an incident is being read is shown', async () => {
  const { id, number, version } = await openIncident({ title: unique('Meanwhile') });
  let answer;
  let arrived;
  const page = await open(`incidents/${number}`, {
    prepare: async (it) => {
      answer = await holdAnswer(it, 'IncidentByNumber');
      arrived = sent(it, 'after the answer was made');
    },
  });
  await answer.made;
  await mutate('transitionIncident', { id, status: 'ACKNOWLEDGED', expectedVersion: version });
  await addNote(id, 'after the answer was made');
  await arrived;
  answer.release();
  await page.locator('.event', { hasText: 'after the answer was made' }).waitFor();
  await page.locator('.at-a-glance').getByText('Acknowledged').waitFor();
  await page.getByRole('heading', { name: 'Timeline 3' }).waitFor();
  await done(page);
});

test('an incident that could not be read is read when the connection is back', async () => {
  const { number, title } = await openIncident({ title: unique('Unread') });
  const line = await wire();
  let refuses = true;
  const page = await open(`incidents/${number}`, {
    at: line.at,
    prepare: (it) => it.route('**/graphql', (route) => (refuses && route.request().postData()?.includes('query IncidentByNumber(') ? route.abort() : route.fallback())),
  });
  await page.getByText('This page tries again when the connection is back.').waitFor();
  await page.locator('.live.on').waitFor();
  line.cut();
  await page.getByText(/Not live since/).waitFor();
  refuses = false;
  line.mend();
  await page.getByRole('heading', { level: 1, name: title }).waitFor();
  line.close();
  await done(page);
});

test('live is said when the feed has begun, not before', async () => {
  const { number, title } = await openIncident({ title: unique('Begun') });
  const first = deferred();
  const page = await open(`incidents/${number}`, {
    prepare: (it) =>
      it.routeWebSocket('**/graphql', (socket) => {
        const service = socket.connectToServer();
        service.onMessage((message) => (String(message).includes('incidentChanges') ? first.resolve(() => socket.send(message)) : socket.send(message)));
      }),
  });
  const begin = await first.promise;
  await page.getByRole('heading', { level: 1, name: title }).waitFor();
  await page.locator('.live', { hasText: 'Connecting' }).waitFor();
  begin();
  await page.locator('.live.on').waitFor();
  await done(page);
});

test('a note that is sent while the service is away arrives once', async () => {
  const { number } = await openIncident({ title: unique('Retry') });
  const line = await wire();
  const page = await open(`incidents/${number}`, { at: line.at });
  await page.getByLabel('Note').fill('sent in the dark');
  line.cut();
  await page.keyboard.press('Control+Enter');
  await page.getByText('Adding…').waitFor();
  line.mend();
  await page.locator('.event', { hasText: 'sent in the dark' }).waitFor();
  assert.equal((await incident(number)).timeline.nodes.filter((event) => event.message === 'sent in the dark').length, 1);
  line.close();
  await done(page);
});

test('a note whose answer is lost is in the timeline once', async () => {
  const { number } = await openIncident({ title: unique('Lost answer') });
  const page = await open(`incidents/${number}`);
  await page.getByLabel('Note').fill('sent twice');
  let lost = 0;
  await page.route('**/graphql', async (route) => {
    if (lost > 0 || !route.request().postData()?.includes('mutation AddTimelineEvent(')) return route.fallback();
    lost++;
    await route.fetch();
    return route.abort();
  });
  await page.keyboard.press('Control+Enter');
  await eventually(async () => (await page.getByLabel('Note').inputValue()) === '', 'the note is taken');
  assert.equal(lost, 1, 'the first answer was lost');
  assert.equal((await incident(number)).timeline.nodes.filter((event) => event.message === 'sent twice').length, 1);
  await page.locator('.event', { hasText: 'sent twice' }).waitFor();
  await done(page);
});

test('two tabs of one person see what the other does, within a second', async () => {
  const { number } = await openIncident({ title: unique('Two tabs') });
  const first = await open(`incidents/${number}`);
  const second = await openTab(first);
  for (const tab of [first, second]) await tab.locator('.live.on').waitFor();
  await second.getByLabel('Note').fill('not sent yet');
  await first.getByRole('button', { name: 'Acknowledge' }).click();
  await second.getByRole('button', { name: 'Mitigate' }).waitFor({ timeout: 1_000 });
  assert.equal(await second.getByLabel('Note').inputValue(), 'not sent yet', 'what the other tab writes is kept');
  await second.getByRole('button', { name: 'Mitigate' }).click();
  await first.locator('.at-a-glance').getByText('Mitigating').waitFor({ timeout: 1_000 });
  await done(first);
});

test('eight tabs of one person are live', async () => {
  const { id, number } = await openIncident({ title: unique('Tabs') });
  const first = await open(`incidents/${number}`);
  const tabs = [first];
  for (let i = 1; i < 8; i++) {
    tabs.push(await openTab(first));
  }
  for (const tab of tabs) await tab.locator('.live.on').waitFor();
  await addNote(id, 'seen in every tab');
  for (const tab of tabs) await tab.locator('.event', { hasText: 'seen in every tab' }).waitFor({ timeout: 3_000 });
  await done(first);
});
