import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { addNote, close, done, eventually, incident as read, mutate, open, openIncident, signOut, token, unique, useToken } from './support.mjs';

after(close);

test('a wrong token is refused with its reason', async () => {
  const page = await open('incidents');
  await signOut(page);
  await page.getByText('Use a token instead').click();
  const spaces = 'A token has no spaces';
  for (const wrong of ['not.a.token', '<img src=x onerror=alert(1)>', `${(await token()).slice(0, -3)}AAA`]) {
    await useToken(page, wrong);
    await page.locator('.fault').filter(wrong.includes(' ') ? { hasText: spaces } : { hasNotText: spaces }).waitFor();
  }
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.locator('.top').waitFor();
  await done(page);
});

test('another person and role, each in a tab of its own', async () => {
  const { id, number } = await openIncident({ title: unique('Roles') });
  const page = await open(`incidents/${number}`);
  await page.getByRole('button', { name: 'Acknowledge' }).waitFor();
  await page.getByRole('button', { name: 'ana' }).click();
  await page.getByRole('menuitem', { name: 'Act as somebody else…' }).click();
  await page.getByRole('combobox', { name: 'Act as' }).fill('vera');
  await page.getByLabel('Role').selectOption('viewer');
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('button', { name: 'vera' }).waitFor();
  await page.getByRole('button', { name: 'Acknowledge' }).waitFor({ state: 'detached' });
  await page.locator('.live.on').waitFor();
  // What the other person sees is up to date too.
  await mutate('transitionIncident', { id, status: 'ACKNOWLEDGED' });
  await page.locator('.at-a-glance').getByText('Acknowledged').waitFor();
  assert.equal(await page.getByRole('button', { name: 'Mitigate' }).count(), 0);
  await done(page);
});

test('the session is renewed before it ends, and the page stays live', async () => {
  const incident = await openIncident({ title: unique('Renewed') });
  const page = await open(`incidents/${incident.number}`, {
    // A clock that the test sets forward: the token of the try-out lasts 15 minutes.
    prepare: (it) => it.clock.install(),
  });
  await page.locator('.event', { hasText: 'opened the incident' }).waitFor();
  await page.locator('.live.on').waitFor();
  const renewed = page.waitForResponse((response) => response.url().endsWith('/console/try-out/session'));
  await page.clock.fastForward('14:10');
  assert.equal((await renewed).status(), 200);
  await page.clock.resume();
  await page.locator('.live.on').waitFor();
  await addNote(incident.id, 'after the renewal');
  await page.locator('.event', { hasText: 'after the renewal' }).waitFor();
  await done(page);
});

test('a pasted token is kept for the tab only if asked for, and its end is said before', async () => {
  const incident = await openIncident({ title: unique('Pasted') });
  const page = await open(`incidents/${incident.number}`, { signedIn: false, prepare: (it) => it.clock.install() });
  await page.getByRole('heading', { level: 1, name: incident.title }).waitFor();
  await signOut(page);
  await page.getByText('Use a token instead').click();
  await useToken(page, await token({ actor: 'carol' }));
  await page.getByRole('button', { name: 'carol' }).waitFor();
  assert.equal(await page.evaluate(() => JSON.stringify(sessionStorage) + JSON.stringify(localStorage)).then((stored) => /eyJ/.test(stored)), false, 'it is in memory only');
  // The clock that is set forward also ends requests that are under way, as after their timeout.
  await page.locator('.event', { hasText: 'opened the incident' }).waitFor();
  await page.locator('.live.on').waitFor();

  await page.clock.fastForward('14:10');
  await page.getByText(/Your session ends at \d\d:\d\d/).waitFor();
  await page.getByRole('button', { name: 'Continue it' }).click();
  const next = await token({ actor: 'carol' });
  await page.getByRole('dialog').getByRole('checkbox', { name: /Keep it until this tab is closed/ }).check();
  await useToken(page, next);
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.locator('.live.on').waitFor();
  await addNote(incident.id, 'after the new token');
  await page.locator('.event', { hasText: 'after the new token' }).waitFor();
  assert.equal(await page.evaluate(() => sessionStorage.getItem('nself-incidents.token')), next);
  assert.equal(await page.evaluate(() => JSON.stringify(localStorage).includes('eyJ')), false, 'never in the local storage');
  await done(page);
});

test('a token lasts as long as the service says, whatever the clock of the device', async () => {
  const incident = await openIncident({ title: unique('Fast clock') });
  const page = await open(`incidents/${incident.number}`, { signedIn: false, prepare: (it) => it.clock.install({ time: Date.now() + 3_600_000 }) });
  await page.getByRole('heading', { level: 1, name: incident.title }).waitFor();
  await page.getByLabel('Note').fill('of somebody else');
  await signOut(page);
  await page.getByText('Use a token instead').click();
  await useToken(page, await token({ actor: 'carol' }));
  await page.getByRole('button', { name: 'carol' }).waitFor();
  assert.equal(await page.getByLabel('Note').inputValue(), '', 'signing out leaves no draft');
  await page.locator('.event', { hasText: 'opened the incident' }).waitFor();
  await page.locator('.live.on').waitFor();
  await page.clock.fastForward('00:10');
  await addNote(incident.id, 'ten seconds later');
  await page.locator('.event', { hasText: 'ten seconds later' }).waitFor();
  assert.equal(await page.getByText(/session (ends|has ended)/).count(), 0);
  await done(page);
});

test('after the end of the token what was written is kept', async () => {
  const incident = await openIncident({ title: unique('Ended') });
  const page = await open(`incidents/${incident.number}`, { signedIn: false, prepare: (it) => it.clock.install() });
  await page.getByRole('heading', { level: 1, name: incident.title }).waitFor();
  await signOut(page);
  await page.getByText('Use a token instead').click();
  await useToken(page, await token({ actor: 'carol' }));
  await page.getByLabel('Note').fill('half a thought');
  await page.keyboard.press('Escape');
  await page.keyboard.press('e');
  await page.getByRole('dialog').getByLabel('Title').fill('Half a title');
  await page.clock.fastForward('14:10');
  await page.getByText(/Your session ends at/).waitFor();
  await page.clock.fastForward('01:10');
  await page.getByText('Your session has ended. What you wrote is kept.').waitFor();
  await page.getByText('Use a token instead').click();
  await useToken(page, await token({ actor: 'carol' }));
  await page.getByLabel('Note').waitFor();
  assert.equal(await page.getByLabel('Note').inputValue(), 'half a thought');
  await eventually(async () => page.url().endsWith(`/incidents/${incident.number}`), 'the person is where they were');
  await page.keyboard.press('e');
  assert.equal(await page.getByRole('dialog').getByLabel('Title').inputValue(), 'Half a title');
  await done(page);
});

test('a page stays while the service cannot say who is signed in', async () => {
  const incident = await openIncident({ title: unique('Unanswered') });
  const page = await open(`incidents/${incident.number}`);
  await page.locator('.live.on').waitFor();
  await page.locator('.event').first().waitFor();
  await page.keyboard.press('e');
  const dialog = page.getByRole('dialog');
  const title = unique('Kept');
  await dialog.getByLabel('Title').fill(title);
  // The token is refused once, and then nothing says whether it still counts.
  await page.route('**/graphql', (route) => route.fulfill({ status: 401, json: {} }), { times: 1 });
  await page.route('**/api/v1/me', (route) => route.abort());
  await Promise.all([page.waitForEvent('requestfailed', (request) => request.url().endsWith('/api/v1/me')), dialog.getByRole('button', { name: 'Save' }).click()]);
  await dialog.getByText('Your session has ended').waitFor();
  await page.unroute('**/api/v1/me');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.waitFor({ state: 'detached' });
  assert.equal((await read(incident.number)).title, title);
  await done(page);
});
