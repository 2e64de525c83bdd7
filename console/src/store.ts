import { signal, type Signal } from '@preact/signals';
import { ApiError } from './graphql.ts';
import { restart, subscribe } from './live.ts';
import { IncidentChanges, type EventFieldsFragment, type IncidentFieldsFragment, type IncidentRowFragment } from './generated/operations.ts';

/** An incident as far as it was read: a list reads less of it than its page. */
export type Incident = IncidentRowFragment & Partial<IncidentFieldsFragment>;
export type TimelineEvent = EventFieldsFragment;

const incidents = new Map<string, Signal<Incident>>();
const MAX_KNOWN = 12_000;

/** Raised when something may have been missed, so that every page reads again. */
export const epoch = signal(0);

/** What the feed said last, for those who listen. */
type Listener = (incident: Incident, event: TimelineEvent) => void;
const listeners = new Set<Listener>();

export function onChange(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Takes in what was read. An older version than the known one changes nothing. */
export function put(next: Incident): Signal<Incident> {
  const known = incidents.get(next.id);
  if (!known) {
    const created = signal<Incident>(next);
    incidents.set(next.id, created);
    if (incidents.size > MAX_KNOWN) forgetOldest();
    return created;
  }
  const before = known.peek();
  if (next.version >= before.version) known.value = { ...before, ...next };
  else known.value = { ...next, ...before };
  return known;
}

export const incident = (id: string): Signal<Incident> | undefined => incidents.get(id);

export function incidentByNumber(number: number): Signal<Incident> | undefined {
  for (const known of incidents.values()) if (known.peek().number === number) return known;
  return undefined;
}

/** Those that a list or a page shows are read again when needed, so it is safe to forget any. */
function forgetOldest(): void {
  let excess = incidents.size - MAX_KNOWN + 1_000;
  for (const id of incidents.keys()) {
    if (excess-- <= 0) break;
    if (!pinned.has(id)) incidents.delete(id);
  }
}

const pinned = new Set<string>();

/** Keeps incidents that are on the screen. */
export function pin(ids: Iterable<string>): void {
  pinned.clear();
  for (const id of ids) pinned.add(id);
}

let cursor: string | undefined;
let announceReady: () => void;

/** Resolves when the feed has its first cursor: what is read after that misses nothing. */
let ready = new Promise<void>((resolve) => (announceReady = resolve));
let hadLateReaders = false;

/** Waits for the feed, but not for long: where it does not open, the page shows what it can read. */
export async function feedReady(): Promise<void> {
  if (cursor !== undefined) return;
  await Promise.race([
    ready,
    new Promise<void>((resolve) =>
      setTimeout(() => {
        hadLateReaders = true;
        resolve();
      }, 1_000),
    ),
  ]);
}

let stop: (() => void) | null = null;

/** Follows the account's feed for as long as somebody is signed in. */
export function follow(): void {
  stop?.();
  cursor = undefined;
  incidents.clear();
  ready = new Promise<void>((resolve) => (announceReady = resolve));
  stop = subscribe(
    IncidentChanges,
    () => ({ after: cursor ?? null }),
    ({ incidentChanges: change }) => {
      const first = cursor === undefined;
      cursor = change.cursor;
      if (first) {
        announceReady();
        if (hadLateReaders) epoch.value++;
        hadLateReaders = false;
      }
      if (change.event && change.incident) {
        if (incidents.has(change.incident.id)) put(change.incident);
        for (const listener of [...listeners]) listener(change.incident, change.event);
      }
    },
    (error: ApiError) => {
      // The cursor is not known any more, as after a restored backup: from the present on, and everything is read again.
      if (cursor === undefined) return;
      console.warn(`The feed was refused (${error.code}); reading everything again`);
      cursor = undefined;
      hadLateReaders = true;
      restart();
    },
  );
}

export function unfollow(): void {
  stop?.();
  stop = null;
  cursor = undefined;
  incidents.clear();
}
