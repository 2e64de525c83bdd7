import { signal } from '@preact/signals';
import { TimelinePage } from '../generated/operations.ts';
import { query } from '../graphql.ts';
import { onChange, type TimelineEvent } from '../store.ts';

const PAGE = 100;
const MAX_KEPT = 6_000;

export type Group = 'notes' | 'changes' | 'runbooks' | 'other';

export const groups: readonly Group[] = ['notes', 'changes', 'runbooks', 'other'];
export const groupWord: Record<Group, string> = { notes: 'Notes', changes: 'Changes', runbooks: 'Runbooks', other: 'Other' };

export function groupOf(kind: string): Group {
  if (kind === 'note' || kind === 'corrected' || kind === 'redacted') return 'notes';
  if (kind.startsWith('runbook_')) return 'runbooks';
  if (['opened', 'repeated', 'status_changed', 'severity_changed', 'owner_changed', 'edited', 'merged_from', 'milestone_set'].includes(kind)) return 'changes';
  return 'other';
}

const withoutText = (event: TimelineEvent): TimelineEvent => (event.redacted ? event : { ...event, message: null, data: null, redacted: true });

/**
 * The timeline of one incident. Its events are numbered without a gap, so the number of the last one says how many there are; those
 * near the screen are read when needed.
 */
export class TimelineModel {
  /** The `seq` of the last event. */
  readonly head = signal(0);
  /** Raised when an event was read or changed. */
  readonly revision = signal(0);
  /** Empty for all kinds. */
  readonly shown = signal<ReadonlySet<Group>>(new Set());
  /** With a filter: the `seq` of what it shows, newest first. */
  readonly matching = signal<readonly number[]>([]);
  /** With a filter: the lowest `seq` that was looked at. `matching` has every event from there on that the filter shows. */
  readonly searchedTo = signal(Number.POSITIVE_INFINITY);
  /** With a filter: why the search stopped before it looked at all events; null where it did not. */
  readonly searchFailure = signal<unknown>(null);
  /** Which event corrects an event. */
  readonly correctedBy = new Map<number, TimelineEvent>();
  readonly redactedBy = new Map<number, TimelineEvent>();
  /** The changes of the status that were read. */
  readonly statusChanges = new Map<number, TimelineEvent>();
  onEvent: (event: TimelineEvent) => void = () => undefined;

  private readonly events = new Map<number, TimelineEvent>();
  private readonly loading = new Set<number>();
  private visible: [number, number] = [0, 0];
  private readonly stopListening: () => void;
  private scan = 0;

  constructor(readonly incidentId: string) {
    this.stopListening = onChange((_incident, event) => {
      if (event.incidentId === this.incidentId) this.append(event);
    });
  }

  dispose(): void {
    this.scan++;
    this.stopListening();
  }

  event(seq: number): TimelineEvent | undefined {
    return this.events.get(seq);
  }

  /** Takes in events that were read. */
  add(events: readonly TimelineEvent[]): void {
    for (const event of events) {
      // What was read may be older than a redaction that the feed has brought.
      this.events.set(event.seq, this.redactedBy.has(event.seq) ? withoutText(event) : event);
      if (event.seq > this.head.value) this.head.value = event.seq;
      this.note(event);
    }
    this.include(events.filter((event) => event.seq >= this.searchedTo.value));
    this.revision.value++;
  }

  /** Takes in the newest events after some may have been missed. */
  reload(events: readonly TimelineEvent[]): void {
    this.add(events);
    if (this.shown.value.size === 0) return;
    this.searchedTo.value = this.head.value + 1;
    void this.search();
  }

  /** Adds what the filter shows of some events. */
  private include(events: readonly TimelineEvent[]): void {
    const shown = this.shown.value;
    if (shown.size === 0) return;
    const known = new Set(this.matching.value);
    const added = events.filter((event) => shown.has(groupOf(event.kind)) && !known.has(event.seq)).map((event) => event.seq);
    if (added.length > 0) this.matching.value = [...this.matching.value, ...added].sort((a, b) => b - a);
  }

  /** Takes in an event that just happened. */
  append(event: TimelineEvent): void {
    if (this.events.has(event.seq)) return;
    const gap = event.seq - this.head.value;
    this.add([event]);
    this.evict();
    if (gap > 1) void this.ensure(event.seq - gap + 1, event.seq - 1);
    this.onEvent(event);
  }

  private note(event: TimelineEvent): void {
    if (event.kind === 'status_changed') this.statusChanges.set(event.seq, event);
    if (event.supersedes == null) return;
    if (event.kind === 'corrected') {
      const known = this.correctedBy.get(event.supersedes);
      if (!known || known.seq <= event.seq) this.correctedBy.set(event.supersedes, event);
    } else if (event.kind === 'redacted') {
      this.redactedBy.set(event.supersedes, event);
      const target = this.events.get(event.supersedes);
      if (target) this.events.set(target.seq, withoutText(target));
    }
  }

  /** Reads what is missing between two numbers. */
  async ensure(from: number, to: number): Promise<void> {
    this.visible = [from, to];
    const first = Math.max(1, from);
    const last = Math.min(this.head.value, to);
    const wanted: number[] = [];
    for (let page = Math.floor((first - 1) / PAGE); page <= Math.floor((last - 1) / PAGE); page++) {
      if (this.loading.has(page)) continue;
      const end = Math.min(this.head.value, (page + 1) * PAGE);
      let complete = true;
      for (let seq = page * PAGE + 1; seq <= end && complete; seq++) complete = this.events.has(seq);
      if (!complete) wanted.push(page);
    }
    await Promise.all(wanted.slice(0, 4).map((page) => this.loadPage(page)));
  }

  private async loadPage(page: number): Promise<void> {
    this.loading.add(page);
    try {
      const events = await this.read(page * PAGE, PAGE);
      this.add(events);
      this.evict();
    } catch {
      // The row that is missing asks again when it is drawn.
    } finally {
      this.loading.delete(page);
    }
  }

  /** Events after a number. A page of the service may end early, so it is read on until there are enough. */
  async read(afterSeq: number, count: number): Promise<TimelineEvent[]> {
    const all: TimelineEvent[] = [];
    let after = afterSeq;
    while (all.length < count) {
      const { incident } = await query(TimelinePage, { id: this.incidentId, afterSeq: after, first: Math.min(200, count - all.length) });
      const nodes = incident?.timeline.nodes ?? [];
      all.push(...nodes);
      const last = nodes.at(-1);
      if (!last || last.seq >= this.head.value) break;
      after = last.seq;
    }
    return all;
  }

  /** Forgets what is far from the screen. */
  private evict(): void {
    if (this.events.size <= MAX_KEPT) return;
    const [from, to] = this.visible;
    const middle = (from + to) / 2;
    const byDistance = [...this.events.keys()].sort((a, b) => Math.abs(b - middle) - Math.abs(a - middle));
    for (const seq of byDistance.slice(0, this.events.size - MAX_KEPT + 500)) this.events.delete(seq);
  }

  /** Shows only some groups of kinds. */
  async filter(shown: ReadonlySet<Group>): Promise<void> {
    this.shown.value = shown;
    this.matching.value = [];
    this.searchFailure.value = null;
    this.searchedTo.value = this.head.value + 1;
    await this.search();
  }

  /** Finds the events that the filter shows page by page, the newest first; from where it stopped, if it did. */
  async search(): Promise<void> {
    const scan = ++this.scan;
    if (this.shown.value.size === 0) return;
    let before = this.searchedTo.value - 1;
    while (before > 0 && scan === this.scan) {
      const from = Math.max(0, before - 200);
      let events: TimelineEvent[] = [];
      for (let seq = from + 1; seq <= before; seq++) {
        const known = this.events.get(seq);
        if (!known) {
          try {
            events = await this.read(from, before - from);
          } catch (error) {
            if (scan === this.scan) this.searchFailure.value = error;
            return;
          }
          if (scan !== this.scan) return;
          this.add(events);
          break;
        }
        events.push(known);
      }
      this.include(events);
      this.searchFailure.value = null;
      this.searchedTo.value = from + 1;
      before = from;
      this.evict();
    }
  }

  /** All events, oldest first; at most `limit` of the newest. */
  async all(limit: number): Promise<TimelineEvent[]> {
    const start = Math.max(0, this.head.value - limit);
    let complete = true;
    for (let seq = start + 1; seq <= this.head.value && complete; seq++) complete = this.events.has(seq);
    if (!complete) {
      const events = await this.read(start, this.head.value - start);
      // Among them are corrections of events that are on the screen.
      this.add(events);
      this.evict();
      return events;
    }
    return Array.from({ length: this.head.value - start }, (_, index) => this.events.get(start + 1 + index)!);
  }
}
