import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { addNote, close, done, eventually, incident, jwt, open, openIncident, unique } from '../support.mjs';
import { tell } from './harness.mjs';

after(close);

const cookie = (page, options) => page.context().addCookies([{ name: 'session', value: jwt(options), url: page.root, httpOnly: true, sameSite: 'Lax' }]);

test('one is sent to the sign-in page, comes back to where one was, and works by the cookie', async () => {
  const { number, id } = await openIncident({ title: unique('By cookie') });
  await tell('next', { actor: 'ben', role: 'responder', seconds: 3_600 });
  const page = await open(`incidents/${number}?from=chat`, { signedIn: false });
  await page.getByRole('button', { name: 'ben' }).waitFor();
  assert.equal(new URL(page.url()).pathname, `/nself-incident-mgmt/incidents/${number}`);
  assert.equal(new URL(page.url()).search, '?from=chat', 'the mark of the return is gone, and nothing else');
  assert.equal(await page.evaluate(() => document.cookie), '', 'the page does not see the cookie');
  await page.locator('.live.on').waitFor();
  await page.getByRole('button', { name: 'Acknowledge' }).click();
  await eventually(async () => (await incident(number)).status === 'ACKNOWLEDGED', 'it is acknowledged');
  await addNote(id, 'live by the cookie');
  await page.locator('.event', { hasText: 'live by the cookie' }).waitFor({ timeout: 2_000 });
  assert.equal((await incident(number)).timeline.nodes.find((event) => event.kind === 'status_changed').actor, 'ben');
  await page.reload();
  await page.locator('.live.on').waitFor();
  // The page can remove no cookie that it does not see.
  await page.getByRole('button', { name: 'ben' }).click();
  await page.getByRole('menuitem', { name: 'Keys' }).waitFor();
  assert.equal(await page.getByRole('menuitem', { name: 'Sign out' }).count(), 0);
  await done(page);
});

test('a cookie that was renewed by somebody else is taken, and the page stays live', async () => {
  const { number, id } = await openIncident({ title: unique('Renewed cookie') });
  await tell('next', { actor: 'ben', seconds: 8 });
  const page = await open(`incidents/${number}`, { signedIn: false });
  await page.locator('.live.on').waitFor();
  // Half-way to the end of the first cookie the page asks who it is, and opens the live connection again by the new one.
  const reopened = page.waitForEvent('websocket');
  await cookie(page, { actor: 'ben', seconds: 3_600 });
  await reopened;
  await page.locator('.live.on').waitFor();
  assert.equal(await page.getByText(/Your session ends/).count(), 0);
  await addNote(id, 'after the first cookie');
  await page.locator('.event', { hasText: 'after the first cookie' }).waitFor({ timeout: 2_000 });
  await done(page);
});

test('a cookie that ends is announced, signing in again is one click, and a draft is kept', async () => {
  const { number } = await openIncident({ title: unique('Ending cookie') });
  await tell('next', { actor: 'ben', seconds: 12 });
  const page = await open(`incidents/${number}`, { signedIn: false });
  await page.getByLabel('Note').fill('half a thought');
  await page.getByText(/Your session ends at \d\d:\d\d/).waitFor();
  await tell('next', { actor: 'ben', seconds: 3_600 });
  await page.getByRole('button', { name: 'Continue it' }).click();
  const back = page.waitForEvent('framenavigated', (frame) => frame.url().includes('signed-in=1'));
  await page.getByRole('button', { name: 'Sign in again' }).click();
  await back;
  await page.locator('.live.on').waitFor();
  assert.equal(await page.getByText(/Your session ends/).count(), 0);
  assert.equal(await page.getByLabel('Note').inputValue(), 'half a thought');
  await done(page);
});

test('a cookie that has ended leads to the sign-in page by itself, and back', async () => {
  const { number, id } = await openIncident({ title: unique('Ended cookie') });
  await tell('next', { actor: 'ben', seconds: 5 });
  const page = await open(`incidents/${number}`, { signedIn: false });
  await page.getByLabel('Note').fill('half a thought');
  await tell('next', { actor: 'ben', seconds: 3_600 });
  await page.waitForEvent('framenavigated', { predicate: (frame) => frame.url().includes('signed-in=1'), timeout: 15_000 });
  await page.locator('.live.on').waitFor();
  assert.equal(await page.getByLabel('Note').inputValue(), 'half a thought');
  await addNote(id, 'signed in again');
  await page.locator('.event', { hasText: 'signed in again' }).waitFor({ timeout: 2_000 });
  await done(page);
});

test('where signing in has no effect, the page says so instead of going round, and takes a token', async () => {
  const { number } = await openIncident({ title: unique('By token') });
  await tell('next', { fails: true });
  const page = await open(`incidents/${number}`, { signedIn: false });
  await page.getByRole('button', { name: 'Sign in', exact: true }).waitFor();
  await page.getByText('Use a token instead').click();
  const useToken = async (token) => {
    await page.getByLabel('Token').fill(token);
    await page.getByRole('button', { name: 'Use this token' }).click();
  };
  await useToken(jwt({ seconds: -10 }));
  await page.locator('.fault').waitFor();
  await useToken(`Bearer ${jwt({ actor: 'carol', role: 'viewer', seconds: 6 })}`);
  await page.getByRole('button', { name: 'carol' }).waitFor();
  await page.locator('.event').first().waitFor();
  assert.equal(await page.getByRole('button', { name: 'Acknowledge' }).count(), 0, 'a viewer reads only');
  // The service ends the connection of a token that has ended; a token in memory is not renewed by anybody.
  await page.getByText(/Your session ends at/).waitFor();
  await page.getByText('Your session has ended. What you wrote is kept.').waitFor();
  await page.getByText('Use a token instead').click();
  await useToken(jwt({ actor: 'carol' }));
  await page.getByRole('button', { name: 'Acknowledge' }).waitFor();
  await page.locator('.live.on').waitFor();
  await done(page);
});
