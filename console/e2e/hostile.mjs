// An incident, a runbook and executions with every text that a caller can set, each of them an attempt to run a script in the page.
import { createServer } from 'node:http';
import { addNote, api, eventually, mutate, openIncident, unique } from './support.mjs';

export const payloads = [
  '<img src=x onerror=alert(1)>',
  '"><script>alert(1)</script>',
  '[x](javascript:alert(1))',
  "'-alert(1)-'",
  '<svg/onload=alert(1)>',
  '${alert(1)}{{alert(1)}}',
  '![x](https://example.com/x.png)',
];
const [image, script, link, quote, svg] = payloads;

/** Texts that do something only as Markdown. */
const markdown = ['<javascript:alert(1)>', '[x]: javascript:alert(1)\n\n[x]', '[x](data:text/html,<script>alert(1)</script>)', '<a href="javascript:alert(1)" onmouseover="alert(1)">x</a>', '<style>*{display:none}</style>', '[x](//example.com/y)'];

export async function hostileAccount() {
  const evil = payloads.join(' ');
  const actor = svg;
  const who = { actor };
  const incident = await openIncident({ title: unique(image), summary: [...payloads, ...markdown].join('\n\n'), owner: script, services: [svg, quote], labels: { [script]: image, evil: link }, dedupKey: unique(script), severity: 'CRITICAL' }, who);
  for (const text of [...payloads, ...markdown]) await addNote(incident.id, text, who);
  await mutate('addTimelineEvent', { incidentId: incident.id, kind: 'alert.fired', message: evil, data: { [image]: payloads } }, 'seq', who);
  await addNote(incident.id, '# Heading\n\n- one\n- two\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```\ncode\n```\n\nhttps://example.com');
  const corrected = await addNote(incident.id, 'to be corrected', who);
  await mutate('correctTimelineEvent', { incidentId: incident.id, seq: corrected, message: evil }, 'seq', who);
  const redacted = await addNote(incident.id, 'to be removed', who);
  await mutate('redactTimelineEvent', { incidentId: incident.id, seq: redacted, reason: evil }, 'seq', who);
  await mutate('updateIncident', { id: incident.id, title: unique(svg), owner: image, services: [script, image], labels: { [svg]: script } }, 'id', who);
  await mutate('transitionIncident', { id: incident.id, status: 'ACKNOWLEDGED', reason: evil }, 'id', who);
  await mutate('setMilestone', { incidentId: incident.id, kind: 'DETECTED', occurredAt: new Date().toISOString(), reason: evil }, 'id', who);
  const merged = await openIncident({ title: unique(script) }, who);
  await mutate('mergeIncident', { id: merged.id, intoId: incident.id, reason: evil }, 'id', who);

  // Answers what an attempt of an HTTP step records.
  const server = createServer((_request, response) => response.writeHead(500, { 'Content-Type': 'text/html' }).end(evil));
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  const runbook = await mutate('createRunbook', {
    name: unique(image),
    description: evil,
    inputs: [
      { name: 'evil', description: script, default: image },
      { name: 'choice', type: 'ENUM', values: [svg, quote], default: svg, description: evil },
    ],
    attach: { condition: `incident.title == "${svg}"`, mode: 'SUGGEST' },
    steps: [
      { key: 'a', title: image, kind: 'MANUAL', instructions: evil },
      { key: 'b', title: svg, kind: 'APPROVAL', after: ['a'], instructions: markdown.join('\n\n'), approval: { quorum: 2, notRequester: true } },
      { key: 'c', title: 'Note', kind: 'NOTE', after: ['a'], when: `inputs.evil != "${svg}"`, note: { message: `${image} \${inputs.evil}` } },
      { key: 'd', title: script, kind: 'HTTP', after: ['a'], onFailure: 'CONTINUE', http: { method: 'POST', url: `http://127.0.0.1:${server.address().port}/`, headers: [{ name: 'X-Evil', value: image }], body: `${script} \${inputs.evil}` } },
      { key: 'e', title: 'Change', kind: 'INCIDENT', after: ['a'], incident: { owner: '${inputs.evil}', labels: { [image]: '${inputs.evil}' } } },
      { key: 'f', title: 'End', kind: 'MANUAL', after: ['b', 'c', 'd', 'e'] },
    ],
  });
  const start = () => mutate('startRunbook', { runbookId: runbook.id, incidentId: incident.id, inputs: { evil, choice: quote } }, 'id', who);
  const waiting = async (execution, step) =>
    eventually(async () => {
      const { runbookExecution } = await api('query($id: UUID) { runbookExecution(id: $id) { steps { key status } } }', { id: execution.id });
      return runbookExecution.steps.find((it) => it.key === step).status === 'WAITING';
    }, `step ${step} waits for a person`);
  const execution = await start();
  await waiting(execution, 'a');
  await mutate('completeRunbookStep', { executionId: execution.id, step: 'a', note: evil }, 'id', who);
  await waiting(execution, 'b');
  await mutate('decideRunbookApproval', { executionId: execution.id, step: 'b', verdict: 'APPROVE', reason: evil }, 'id', { actor: quote });
  await eventually(async () => {
    const { runbookExecution } = await api('query($id: UUID) { runbookExecution(id: $id) { steps { key status } } }', { id: execution.id });
    return ['FAILED', 'UNCERTAIN'].includes(runbookExecution.steps.find((it) => it.key === 'd').status);
  }, 'the request failed');
  const cancelled = await start();
  await waiting(cancelled, 'a');
  await mutate('skipRunbookStep', { executionId: cancelled.id, step: 'a', note: evil }, 'id', who);
  await mutate('cancelRunbookExecution', { executionId: cancelled.id, reason: evil }, 'id', who);
  server.close();
  server.closeAllConnections();
  return { incident, merged, runbook, execution, cancelled, actor };
}
