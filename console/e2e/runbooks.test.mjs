import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { after, test } from 'node:test';
import { answerWithError, api, close, done, eventually, mutate, open, openIncident, refuse, repeat, unique } from './support.mjs';

after(close);

const key = () => unique('rb').replaceAll(' ', '-').toLowerCase();

async function createRunbook(input) {
  const { createRunbook: runbook } = await api('mutation($input: CreateRunbookInput!) { createRunbook(input: $input) { id name } }', { input });
  return runbook;
}

test('a runbook is written as YAML; faults are on their lines', async () => {
  const name = unique('Written');
  const page = await open('runbooks/new');
  const editor = page.getByRole('textbox', { name: 'The runbook in YAML' });
  await editor.click();
  await page.keyboard.press('Control+a');
  await page.keyboard.insertText(`key: ${key()}\nname: ${name}\nsteps:\n  - title: Look\n    kind: manual\n  - title: Call\n    kind: http\n    http:\n      method: post\n      url: ftp://example.com\n`);
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('steps[1].http.url').waitFor();
  await page.getByRole('button', { name: 'Line 10' }).click();
  await page.keyboard.press('Home');
  await page.keyboard.press('Shift+End');
  await page.keyboard.insertText('url: https://example.com/hook');
  await page.keyboard.press('Control+s');
  await page.getByRole('heading', { name, level: 1 }).waitFor();
  // Another version, and what it changed.
  await page.getByRole('link', { name: 'Edit' }).click();
  await editor.click();
  await page.keyboard.press('Control+End');
  await page.keyboard.insertText('description: For nights\n');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('version 2').first().waitFor();
  await page.getByRole('button', { name: 'Versions' }).click();
  await page.locator('.diff .added', { hasText: 'For nights' }).waitFor();
  await done(page);
});

test('a draft that is restored does not overwrite what somebody else has saved since', async () => {
  const runbook = await createRunbook({ name: unique('Two writers'), steps: [{ key: 'look', title: 'Look', kind: 'MANUAL' }] });
  const page = await open(`runbooks/${runbook.id}`);
  const editor = page.getByRole('textbox', { name: 'The runbook in YAML' });
  await page.getByRole('link', { name: 'Edit' }).click();
  await editor.click();
  await page.keyboard.press('Control+End');
  await page.keyboard.insertText('description: Of ana\n');
  await page.getByText('Not saved').waitFor();
  await page.getByRole('link', { name: 'Runbooks' }).first().click();
  await mutate('updateRunbook', { id: runbook.id, description: 'Of ben' }, 'id', { actor: 'ben' });
  await page.goto(`${page.root}/runbooks/${runbook.id}/edit`);
  await page.getByText('Somebody has saved another version since.').waitFor();
  await page.getByRole('button', { name: 'Save' }).click();
  const dialog = page.getByRole('dialog', { name: 'Somebody saved another version' });
  await dialog.locator('.diff .removed', { hasText: 'Of ben' }).waitFor();
  await dialog.getByRole('button', { name: 'Save mine over it' }).click();
  await page.getByText('version 3').first().waitFor();
  await page.getByText('Of ana').waitFor();
  await done(page);
});

test('a runbook is chosen by keys, and a refused cancellation is said in its dialog', async () => {
  const runbook = await createRunbook({ name: unique('By keys'), steps: [{ key: 'look', title: 'Look', kind: 'MANUAL' }] });
  const { number } = await openIncident({ title: unique('By keys') });
  const page = await open(`incidents/${number}`);
  const start = page.getByRole('button', { name: 'Runbook', exact: true });
  const dialog = page.getByRole('dialog');
  const choose = async () => {
    await start.focus();
    await page.keyboard.press('Enter');
    await dialog.getByRole('button', { name: runbook.name }).focus();
    await page.keyboard.press('Enter');
    await dialog.getByRole('heading', { name: runbook.name }).waitFor();
  };
  await choose();
  assert.ok(await page.evaluate(() => document.activeElement.closest('dialog') !== null), 'the focus stays in the dialog');
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  assert.ok(await start.evaluate((button) => document.activeElement === button), 'the focus is where it was');
  await choose();
  await dialog.getByRole('button', { name: 'Start' }).click();
  const allow = await answerWithError(page, 'CancelRunbookExecution', 'it has just finished');
  await page.getByRole('button', { name: 'Cancel execution' }).click();
  await dialog.getByLabel('Reason').fill('Not needed');
  await dialog.getByRole('button', { name: 'Cancel the execution' }).click();
  await dialog.getByRole('alert').getByText('It has just finished').waitFor();
  await allow();
  await dialog.getByRole('button', { name: 'Cancel the execution' }).click();
  await page.getByText('Cancelled by ana: Not needed').waitFor();
  await done(page);
});

test('a runbook is started for an incident, approved by a second browser, and finished', async () => {
  const runbook = await createRunbook({
    name: unique('Restart'),
    inputs: [
      { name: 'service', required: true },
      { name: 'mode', type: 'ENUM', values: ['soft', 'hard'], default: 'soft' },
    ],
    steps: [
      { key: 'look', title: 'Look at the dashboards', kind: 'MANUAL', instructions: 'Is it **really** the service?' },
      { key: 'approve', title: 'Approve the restart', kind: 'APPROVAL', approval: { quorum: 1, notRequester: true } },
      { key: 'say', title: 'Say so', kind: 'NOTE', note: { message: 'Restarting ${inputs.service}' } },
      { key: 'check', title: 'Check it', kind: 'MANUAL' },
    ],
  });
  const { number } = await openIncident({ title: unique('To restart') });
  const page = await open(`incidents/${number}`);
  await page.getByRole('button', { name: 'Runbook', exact: true }).click();
  await page.getByRole('dialog').getByRole('button', { name: runbook.name }).click();
  await page.getByLabel('service').fill('checkout');
  await page.getByRole('button', { name: 'What would it do?' }).click();
  await page.locator('.plan').getByText('Restarting checkout').waitFor();
  await page.getByRole('dialog').getByRole('button', { name: 'Start' }).click();
  await page.getByRole('heading', { name: runbook.name, level: 1 }).waitFor();
  await page.getByLabel(/What you found or did/).fill('It hangs');
  await page.getByRole('button', { name: 'Done' }).click();
  await page.getByText('You started this execution, so another person decides.').waitFor();
  const second = await open(page.url().slice(page.root.length + 1), { actor: 'ben', role: 'responder' });
  await second.getByRole('button', { name: 'Approve', exact: true }).click();
  // ana's page follows by itself.
  await page.locator('#step-check').getByRole('button', { name: 'Skip' }).click({ timeout: 15_000 });
  await page.getByRole('dialog').getByRole('button', { name: 'Skip' }).click();
  await page.locator('h1 ~ .at-a-glance').getByText('Succeeded').waitFor({ timeout: 15_000 });
  await second.locator('h1 ~ .at-a-glance').getByText('Succeeded').waitFor();
  await page.getByRole('link', { name: `#${number}` }).click();
  await page.getByText('Restarting checkout').waitFor();
  await done(page);
  await done(second);
});

test('an execution is cancelled, and the page of runbooks follows', async () => {
  const runbook = await createRunbook({ name: unique('Followed'), steps: [{ key: 'look', title: 'Look', kind: 'MANUAL' }] });
  const { id } = await openIncident({ title: unique('For runbooks') });
  const page = await open(`runbooks?q=${encodeURIComponent(runbook.name)}`);
  const card = page.locator('.card', { hasText: runbook.name });
  await card.getByText('never executed').waitFor();
  await page.locator('.live.on').waitFor();
  const execution = await mutate('startRunbook', { runbookId: runbook.id, incidentId: id });
  await card.getByText('Waiting').waitFor();
  await card.getByRole('link', { name: 'Waiting' }).click();
  await page.getByRole('button', { name: 'Cancel execution' }).click();
  await page.getByRole('dialog').getByLabel('Reason').fill('Started by mistake');
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel the execution' }).click();
  await page.getByText('Cancelled by ana: Started by mistake').waitFor();
  // The request is recorded first, then carried out.
  await eventually(async () => (await api('query($id: UUID) { runbookExecution(id: $id) { status } }', execution)).runbookExecution.status === 'CANCELLED', 'it is cancelled');
  // The field to search in follows the address.
  await page.goBack();
  await page.getByRole('searchbox').and(page.locator('#runbook-search')).waitFor();
  assert.equal(await page.locator('#runbook-search').inputValue(), runbook.name);
  await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Runbooks' }).click();
  await eventually(async () => (await page.locator('#runbook-search').inputValue()) === '', 'the field is empty as the search is');
  await done(page);
});

test('a search for runbooks that fails does not leave the rows of another', async () => {
  const runbook = await createRunbook({ name: unique('Shown'), steps: [{ key: 'look', title: 'Look', kind: 'MANUAL' }] });
  const page = await open(`runbooks?q=${encodeURIComponent(runbook.name)}`);
  await page.locator('.card', { hasText: runbook.name }).waitFor();
  const accept = await refuse(page, 'RunbookList');
  await page.locator('#runbook-search').fill('nothing is called this');
  await page.getByText('The service does not answer').waitFor();
  assert.equal(await page.locator('.card').count(), 0);
  accept();
  await page.getByText('No runbook has “nothing is called this” in its name.').waitFor();
  await done(page);
});

test('runbooks to start that cannot be read say so, and are searched; an archived one has its name', async () => {
  const name = unique('To search');
  await repeat(9, (i) => createRunbook({ name: `${name} ${i}`, steps: [{ key: 'look', title: 'Look', kind: 'MANUAL' }] }));
  const archived = await createRunbook({ name: unique('Archived'), steps: [{ key: 'look', title: 'Look', kind: 'MANUAL' }] });
  const { id, number } = await openIncident({ title: unique('To start') });
  await mutate('startRunbook', { runbookId: archived.id, incidentId: id });
  await mutate('archiveRunbook', { id: archived.id });
  const page = await open(`incidents/${number}`);
  await page.getByRole('link', { name: archived.name }).first().waitFor();
  await page.locator('#details').getByRole('link', { name: archived.name }).waitFor();
  const accept = await refuse(page, 'RunbookNames');
  await page.keyboard.press('s');
  const dialog = page.getByRole('dialog');
  await dialog.getByText('The service does not answer').waitFor();
  accept();
  await dialog.getByLabel('Find a runbook').fill(`${name} 7`);
  await dialog.locator('.choice').nth(1).waitFor({ state: 'detached' });
  await dialog.getByRole('button', { name: `${name} 7` }).click();
  await dialog.getByRole('button', { name: 'Start', exact: true }).waitFor();
  await done(page);
});

test('a runbook is archived: it is no longer started or changed, and its executions stay', async () => {
  const runbook = await createRunbook({ name: unique('To archive'), steps: [{ key: 'look', title: 'Look', kind: 'MANUAL' }] });
  const { id: incidentId } = await openIncident({ title: unique('Before the end') });
  await mutate('startRunbook', { runbookId: runbook.id, incidentId });
  const page = await open(`runbooks/${runbook.id}`);
  const archive = async () => {
    await page.getByRole('button', { name: 'More actions' }).click();
    await page.getByRole('menuitem', { name: 'Archive it…' }).click();
  };
  const dialog = page.getByRole('dialog', { name: `Archive ${runbook.name}` });
  const read = () => api('query($id: UUID) { runbook(id: $id) { archivedAt } }', { id: runbook.id }).then((data) => data.runbook.archivedAt);
  await archive();
  await dialog.waitFor();
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  assert.equal(await read(), null);
  const allow = await answerWithError(page, 'ArchiveRunbook', 'it has just been changed');
  await archive();
  await dialog.getByRole('button', { name: 'Archive', exact: true }).click();
  await dialog.getByRole('alert').getByText('It has just been changed').waitFor();
  await allow();
  await dialog.getByRole('button', { name: 'Archive', exact: true }).click();
  await dialog.waitFor({ state: 'detached' });
  await page.locator('.at-a-glance').getByText('archived').waitFor();
  assert.notEqual(await read(), null);
  for (const name of ['Start', 'More actions']) assert.equal(await page.getByRole('button', { name }).count(), 0, name);
  assert.equal(await page.getByRole('link', { name: 'Edit' }).count(), 0);
  assert.equal(await page.locator('.execution-line').count(), 1);
  // It is listed among the archived ones only, and offered for no incident.
  await page.goto(`${page.root}/runbooks?q=${encodeURIComponent(runbook.name)}`);
  await page.getByText(`No runbook has “${runbook.name}” in its name.`).waitFor();
  await page.getByRole('button', { name: 'Archived' }).click();
  const card = page.locator('.cards li', { hasText: runbook.name });
  await card.getByText(/^archived/).waitFor();
  assert.equal(await card.getByRole('button').count(), 0, 'it cannot be started');
  await done(page);
});

test('no approval is offered before it is known who may give it', async () => {
  const runbook = await createRunbook({ name: unique('Unread'), steps: [{ key: 'approve', title: 'Approve it', kind: 'APPROVAL', approval: { quorum: 2, notRequester: true } }] });
  const execution = await mutate('startRunbook', { runbookId: runbook.id }, 'id', { actor: 'ben' });
  let accept;
  const page = await open(`executions/${execution.id}`, { prepare: async (it) => (accept = await refuse(it, 'ExecutionDefinition')) });
  await page.getByText('The service does not answer').waitFor();
  assert.equal(await page.getByRole('button', { name: 'Approve', exact: true }).count(), 0);
  await page.locator('.live.on').waitFor();
  accept();
  await page.getByText('0 of 2').waitFor();
  await page.getByRole('button', { name: 'Approve', exact: true }).click();
  await page.getByText('1 of 2').waitFor();
  await page.getByText('You have approved already; it takes another person.').waitFor();
  await done(page);
});

test('a failed step that the others go on without waits for nobody, and another is repeated', async () => {
  // Nothing listens there, so that no request has an effect.
  const http = { method: 'GET', url: 'http://127.0.0.1:1/' };
  const runbook = await createRunbook({
    name: unique('Fails'),
    steps: [
      { key: 'aside', title: 'Tell the chat', kind: 'HTTP', http, onFailure: 'CONTINUE' },
      { key: 'main', title: 'Call the deployer', kind: 'HTTP', http },
    ],
  });
  const execution = await mutate('startRunbook', { runbookId: runbook.id });
  const page = await open(`executions/${execution.id}`);
  await page.getByText('One step waits for a person: Call the deployer').waitFor();
  assert.equal(await page.getByRole('button', { name: 'Repeat it…' }).count(), 1);
  await page.getByRole('button', { name: 'Repeat it…' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Repeat' }).click();
  await page.getByText('Attempt 2').first().waitFor();
  await done(page);
});

test('an uncertain step is decided after a confirmation', async () => {
  // A server that takes a request and is gone.
  const server = createServer((socket) => socket.once('data', () => socket.destroy()).on('error', () => undefined));
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  try {
    const runbook = await createRunbook({ name: unique('Uncertain'), steps: [{ key: 'call', title: 'Call the deployer', kind: 'HTTP', http: { method: 'POST', url: `http://127.0.0.1:${server.address().port}/deploy` } }] });
    /** The page of an execution whose step is uncertain. */
    const uncertain = async () => {
      const execution = await mutate('startRunbook', { runbookId: runbook.id });
      const status = await eventually(async () => {
        const { runbookExecution } = await api('query($id: UUID) { runbookExecution(id: $id) { steps { status } } }', execution);
        const now = runbookExecution.steps[0].status;
        return ['UNCERTAIN', 'FAILED'].includes(now) && now;
      }, 'the step ended');
      assert.equal(status, 'UNCERTAIN', 'a service that does not call this machine is started with ALLOW_PRIVATE_URLS=true');
      return `executions/${execution.id}`;
    };
    const page = await open(await uncertain());
    await page.getByRole('button', { name: 'It had its effect…' }).click();
    const dialog = page.getByRole('dialog');
    assert.ok(await dialog.getByRole('button', { name: 'It had its effect' }).isDisabled(), 'nothing is decided without the confirmation');
    await dialog.getByRole('checkbox').check();
    await dialog.getByLabel('Reason').fill('The deployer shows 4.17');
    await dialog.getByRole('button', { name: 'It had its effect' }).click();
    await page.locator('h1 ~ .at-a-glance').getByText('Succeeded').waitFor({ timeout: 15_000 });

    await page.goto(`${page.root}/${await uncertain()}`);
    await page.getByRole('button', { name: 'Repeat it…' }).click();
    await dialog.getByText('The same idempotency key is sent').waitFor();
    await dialog.getByRole('checkbox').check();
    await dialog.getByRole('button', { name: 'Repeat' }).click();
    await page.getByText('Attempt 2').first().waitFor();
    await page.getByRole('button', { name: 'Skip it…' }).click();
    await dialog.getByRole('checkbox').check();
    await dialog.getByRole('button', { name: 'Skip' }).click();
    await page.locator('#step-call').getByText('Skipped').waitFor({ timeout: 15_000 });
    await done(page);
  } finally {
    server.close();
  }
});
