import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { after, test } from 'node:test';
import { api, close, done, eventually, open, openIncident, unique } from './support.mjs';

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

test('an uncertain step is decided after a confirmation', async (context) => {
  // A server that takes a request and is gone.
  const server = createServer((socket) => socket.once('data', () => socket.destroy()).on('error', () => undefined));
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  try {
    const runbook = await createRunbook({ name: unique('Uncertain'), steps: [{ key: 'call', title: 'Call the deployer', kind: 'HTTP', http: { method: 'POST', url: `http://127.0.0.1:${server.address().port}/deploy` } }] });
    const { startRunbook } = await api('mutation($input: StartRunbookInput!) { startRunbook(input: $input) { id } }', { input: { runbookId: runbook.id } });
    const status = await eventually(async () => {
      const { runbookExecution } = await api('query($id: UUID) { runbookExecution(id: $id) { steps { status } } }', { id: startRunbook.id });
      const now = runbookExecution.steps[0].status;
      return ['UNCERTAIN', 'FAILED'].includes(now) && now;
    }, 'the step ended');
    if (status === 'FAILED') {
      context.skip('the service does not call this machine; start it with ALLOW_PRIVATE_URLS=true');
      return;
    }
    const page = await open(`executions/${startRunbook.id}`);
    await page.getByRole('button', { name: 'It had its effect…' }).click();
    const dialog = page.getByRole('dialog');
    assert.ok(await dialog.getByRole('button', { name: 'It had its effect' }).isDisabled(), 'nothing is decided without the confirmation');
    await dialog.getByRole('checkbox').check();
    await dialog.getByLabel('Reason').fill('The deployer shows 4.17');
    await dialog.getByRole('button', { name: 'It had its effect' }).click();
    await page.locator('h1 ~ .at-a-glance').getByText('Succeeded').waitFor({ timeout: 15_000 });
    await done(page);
  } finally {
    server.close();
  }
});
