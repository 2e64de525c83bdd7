// npm's graphql-ws, as a browser uses it: credentials in the first message.
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { headers, INCIDENT, judge, LAST, line, write } from './watching.mjs';

const through = await line();
const client = createClient({
  url: `${through.url.replace('http', 'ws')}/graphql`,
  webSocketImpl: WebSocket,
  connectionParams: { headers },
  retryAttempts: 0,
});
const seqs = [];
const writing = write(through);

// A subscription that is made again must say where to go on, so this is not left to the client's own retries.
while (seqs.length < LAST) {
  try {
    const events = client.iterate({
      query: 'subscription ($id: UUID!, $after: Int) { timelineEvents(incidentId: $id, afterSeq: $after) { seq message } }',
      variables: { id: INCIDENT, after: seqs.at(-1) ?? 0 },
    });
    for await (const { data, errors } of events) {
      if (errors) throw new Error(JSON.stringify(errors));
      seqs.push(data.timelineEvents.seq);
      if (data.timelineEvents.seq === LAST) break;
    }
  } catch (lost) {
    if (!(lost instanceof Error && /JSON/.test(lost.message))) await new Promise((wait) => setTimeout(wait, 20));
  }
}
await writing;
judge('graphql-ws', seqs, through.cuts());
