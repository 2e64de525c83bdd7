// What the scripts of this folder share: a line to the service that can be cut, somebody who writes, and the judgement.
import { line as lineTo } from './line.mjs';

export const { SERVICE, TOKEN, ACCOUNT, INCIDENT } = process.env;
export const NOTES = Number(process.env.NOTES ?? 300);
const CUTS = Number(process.env.CUTS ?? 6);

export const headers = {
  authorization: `Bearer ${TOKEN}`,
  'x-hasura-source-account-id': ACCOUNT,
  'x-hasura-role': 'admin',
};

/** A line to the service that can be cut. */
export const line = () => lineTo(SERVICE);

/** Writes notes straight to the service, one after another, and cuts the line a few times on the way. */
export async function write(cuttable) {
  for (let i = 1; i <= NOTES; i++) {
    const response = await fetch(`${SERVICE}/api/v1/incidents/${INCIDENT}/timeline`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify({ message: `note ${i}` }),
    });
    if (response.status !== 201) throw new Error(`writing: ${response.status} ${await response.text()}`);
    if (i % Math.ceil(NOTES / CUTS) === 0) await cuttable.cut();
  }
}

/** The last seq that there will be: the incident was opened, then come the notes. */
export const LAST = NOTES + 1;

/** Ends the process: well, where every seq from 1 came once and in order, over several connections. */
export function judge(client, seqs, cuts) {
  const wrong = seqs.findIndex((seq, i) => seq !== i + 1);
  if (wrong >= 0 || seqs.length !== LAST || cuts < CUTS - 1) {
    console.error(`${client}: ${seqs.length} of ${LAST} events, ${cuts} cuts, first wrong: ${seqs.slice(wrong - 2, wrong + 3)}`);
    process.exit(1);
  }
  console.log(`${client}: ${seqs.length} events, none missing, repeated or out of order, through ${cuts} cuts`);
  process.exit(0);
}

/** What a script that hangs says of itself. */
export const state = { say: async () => '' };

setTimeout(async () => {
  console.error(`not done after 100 s; ${await state.say()}`);
  process.exit(2);
}, 100_000);
