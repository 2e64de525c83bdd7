import { signal, type Signal } from '@preact/signals';
import { ApiError } from './graphql.ts';
import { subscribe } from './live.ts';
import { IncidentChanges, type EventFieldsFragment, type IncidentFieldsFragment, type IncidentRowFragment } from './generated/operations.ts';

/** An incident as far as it was read: a list reads less of it than its page. */
export type Incident = IncidentRowFragment & Partial<IncidentFieldsFragment>;
export type TimelineEvent = EventFieldsFragment;

const incidents = new Map<string, Signal<Incident>>();
/** How many are known that no page shows. */
const MAX_OTHERS = 500;

/** Raised when something may have been missed, so that every page reads again. */
export const epoch = signal(0);

/** What the feed said last, for those who listen. */
type Listener = (incident: Incident, event: TimelineEvent) => void;
const listeners = new Set<Listener>();

export function onChange(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** A change as the feed brings it. */
export interface Change {
  readonly incident: Incident;
  readonly event: TimelineEvent;
}

const MAX_CHANGES = 5_000;

/**
 * Reads what the feed keeps up to date. The feed may bring a change while the answer without it is on its way: such changes come with the
 * answer, to be applied after it, the oldest first.
 */
export async function readWithChanges<T>(read: () => Promise<T>): Promise<{ readonly answer: T; readonly changes: readonly Change[] }> {
  const changes: Change[] = [];
  let tooMany = false;
  const stop = onChange((incident, event) => {
    tooMany ||= changes.length === MAX_CHANGES;
    if (tooMany) changes.shift();
    changes.push({ incident, event });
  });
  try {
    const answer = await read();
    return { answer, changes };
  } finally {
    stop();
    if (tooMany) setTimeout(() => epoch.value++);
  }
}

/** Takes in a newer version of an incident that is known. */
export function update(next: Incident): void {
  if (incidents.has(next.id)) put(next);
}

/** Takes in what was read. An older version than the known one changes nothing. */
export function put(next: Incident): Signal<Incident> {
  const known = incidents.get(next.id);
  if (!known) {
    const created = signal<Incident>(next);
    incidents.set(next.id, created);
    if (incidents.size > pinned() + MAX_OTHERS) forgetOldest();
    return created;
  }
  if (!isPinned(next.id)) {
    // It is the newest now, so that it is not among the next to be forgotten.
    incidents.delete(next.id);
    incidents.set(next.id, known);
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

/**
 * Forgets those that were read first, or have changed first, of those that no page shows: in a storm an incident would else be kept for
 * each that was opened. They are read again when needed.
 */
function forgetOldest(): void {
  let excess = incidents.size - pinned() - MAX_OTHERS / 2;
  for (const id of incidents.keys()) {
    if (excess <= 0) break;
    if (isPinned(id)) continue;
    incidents.delete(id);
    excess--;
  }
}

const pins: Record<'list' | 'page', ReadonlySet<string>> = { list: new Set(), page: new Set() };

const isPinned = (id: string): boolean => pins.list.has(id) || pins.page.has(id);
const pinned = (): number => pins.list.size + pins.page.size;

/** Keeps incidents that the list, or the page of one, shows; instead of those that it showed before. */
export function pin(by: 'list' | 'page', ids: Iterable<string>): void {
  pins[by] = new Set(ids);
}

let cursor: string | undefined;
let announceReady: () => void;

/** Resolves when the feed has its first cursor: what is read after that misses nothing. */
let ready = new Promise<void>((resolve) => (announceReady = resolve));
let hadLateReaders = false;

/** Waits for the feed, but not for long: where it does not open, the page shows what it can read. */
export async function feedReady(): Promise<void> {
  if (cursor !== undefined) return;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(() => {
      hadLateReaders = true;
      resolve();
    }, 1_000);
  });
  await Promise.race([ready, late]);
  clearTimeout(timer);
}

let stop: (() => void) | null = null;

/** Follows the account's feed for as long as somebody is signed in. */
export function follow(): void {
  // What a page shows was read by another person.
  if (stop) epoch.value++;
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
        update(change.incident);
        for (const listener of [...listeners]) listener(change.incident, change.event);
      }
    },
    (error: ApiError) => {
      if (cursor === undefined) return 'later';
      // The cursor is not known any more, as after a restored backup: from the present on, and everything is read again.
      console.warn(`The feed was refused (${error.code}); reading everything again`);
      cursor = undefined;
      hadLateReaders = true;
      return 'again';
    },
    () => cursor === undefined,
  );
}

export function unfollow(): void {
  stop?.();
  stop = null;
  cursor = undefined;
  incidents.clear();
}
