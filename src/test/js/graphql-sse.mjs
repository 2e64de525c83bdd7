// npm's graphql-sse in its "distinct connections" mode.
import { createClient } from 'graphql-sse';
import { headers, INCIDENT, judge, LAST, line, write } from './watching.mjs';

const through = await line();
const client = createClient({ url: `${through.url}/graphql`, headers, retryAttempts: 0 });
const seqs = [];
const writing = write(through);

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
  } catch {
    await new Promise((wait) => setTimeout(wait, 20));
  }
}
await writing;
judge('graphql-sse', seqs, through.cuts());
