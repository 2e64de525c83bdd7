import { computed, effect, signal, untracked } from '@preact/signals';
import { IncidentCount, IncidentList as IncidentListQuery, type IncidentFilter } from '../generated/operations.ts';
import { query } from '../graphql.ts';
import { epoch, feedReady, incident, onChange, pin, put, readWithChanges, update, type Change, type Incident } from '../store.ts';
import { announce } from '../ui/widgets.tsx';
import { zone } from '../time.ts';
import { compare, matches, orderOf, readState, toFilter, writeState, type ListState } from './incident-filter.ts';

const PAGE = 100;
const MAX_INCOMING = 300;
/** How many rows the feed may add before the list is read anew, which leaves out those that are far below. */
const MAX_ADDED = 300;
const RETRY_DELAY = 5_000;

/**
 * The rows of the list. Values in rows change at once; rows come, go and move only by `settle`, which waits while somebody points at
 * the list or has selected something.
 */
export class IncidentListModel {
  readonly rows = signal<readonly string[]>([]);
  readonly state = signal<'loading' | 'ready' | 'failed'>('loading');
  readonly error = signal<unknown>(null);
  readonly hasMore = signal(false);
  /** Known to match but not in the list yet. */
  readonly incoming = signal<ReadonlySet<string>>(new Set());
  /** In the list though it does not match any more. */
  readonly left = signal<ReadonlySet<string>>(new Set());
  readonly selected = signal<ReadonlySet<string>>(new Set());
  readonly cursor = signal<string | null>(null);
  /** How many incidents match; null where the list has all of them, or it is not known yet. */
  readonly total = signal<number | null>(null);
  /** How many changes the next `settle` makes. */
  readonly pending = computed(() => this.incoming.value.size + this.left.value.size);

  private filter: IncidentFilter = {};
  private listState: ListState = readState(new URLSearchParams());
  private endCursor: string | null = null;
  private generation = 0;
  private loadingMore = false;
  private overflow = false;
  private settledSince = 0;
  private countTimer: ReturnType<typeof setTimeout> | undefined;
  private key: string | null = null;
  isBusy: () => boolean = () => false;

  constructor() {
    onChange((changed) => this.changed(changed));
    let first = true;
    effect(() => {
      void epoch.value;
      if (!first) untracked(() => void this.load());
      first = false;
    });
    effect(() => pin('list', [...this.rows.value, ...this.incoming.value]));
  }

  /** Shows a state of the URL; reads only if it differs from what is shown. */
  show(state: ListState, session: string): void {
    const key = `${session} ${zone.peek()} ${writeState(state).toString()}`;
    if (key === this.key) {
      this.settleIfIdle();
      return;
    }
    this.key = key;
    this.listState = state;
    this.filter = toFilter(state);
    this.selected.value = new Set();
    this.cursor.value = null;
    this.rows.value = [];
    this.total.value = null;
    this.state.value = 'loading';
    void this.load();
  }

  async load(): Promise<void> {
    if (this.key === null) return;
    const generation = ++this.generation;
    try {
      await feedReady();
      const wanted = Math.min(200, Math.max(PAGE, this.rows.value.length));
      const { answer, changes } = await readWithChanges(() => query(IncidentListQuery, { filter: this.filter, orderBy: orderOf[this.listState.sort], first: wanted, after: null }));
      if (generation !== this.generation) return;
      const { incidents } = answer;
      const ids = incidents.nodes.map((node) => {
        put(node);
        return node.id;
      });
      this.endCursor = incidents.pageInfo.endCursor ?? null;
      this.hasMore.value = incidents.pageInfo.hasNextPage;
      this.incoming.value = new Set();
      this.left.value = new Set();
      this.overflow = false;
      this.settledSince = 0;
      this.rows.value = ids;
      this.selected.value = new Set([...this.selected.value].filter((id) => ids.includes(id)));
      this.state.value = 'ready';
      this.error.value = null;
      this.apply(changes);
      this.count();
    } catch (error) {
      if (generation !== this.generation) return;
      this.error.value = error;
      if (this.rows.value.length === 0) this.state.value = 'failed';
      else setTimeout(() => generation === this.generation && void this.load(), RETRY_DELAY);
    }
  }

  async more(): Promise<void> {
    if (this.loadingMore || !this.hasMore.value) return;
    this.loadingMore = true;
    const generation = this.generation;
    try {
      const { answer, changes } = await readWithChanges(() => query(IncidentListQuery, { filter: this.filter, orderBy: orderOf[this.listState.sort], first: 200, after: this.endCursor }));
      if (generation !== this.generation) return;
      const { incidents } = answer;
      const shown = new Set(this.rows.value);
      const added = incidents.nodes.filter((node) => !shown.has(node.id));
      for (const node of incidents.nodes) put(node);
      this.endCursor = incidents.pageInfo.endCursor ?? null;
      this.hasMore.value = incidents.pageInfo.hasNextPage;
      this.rows.value = [...this.rows.value, ...added.map((node) => node.id)];
      // The feed may have brought some of them while they were read.
      if (added.some((node) => this.incoming.value.has(node.id))) {
        const listed = this.rowSet();
        this.incoming.value = new Set([...this.incoming.value].filter((id) => !listed.has(id)));
      }
      this.apply(changes);
    } catch {
      // Scrolling on tries again.
    } finally {
      this.loadingMore = false;
    }
  }

  /** Applies what changed while the rows were read. */
  private apply(changes: readonly Change[]): void {
    for (const { incident: changed } of changes) {
      update(changed);
      this.changed(changed);
    }
  }

  private changed(changed: Incident): void {
    if (this.key === null || this.state.value !== 'ready') return;
    const fits = matches(changed, this.filter);
    const shown = incident(changed.id) !== undefined && this.rowSet().has(changed.id);
    if (shown) {
      if (fits === this.left.value.has(changed.id)) this.left.value = withChange(this.left.value, changed.id, !fits);
      this.settleSoon();
    } else if (fits && !this.isBehindLoaded(changed)) {
      if (this.incoming.value.has(changed.id)) {
        put(changed);
      } else if (this.incoming.value.size >= MAX_INCOMING) {
        this.overflow = true;
      } else {
        put(changed);
        this.incoming.value = withChange(this.incoming.value, changed.id, true);
        announce(`New: ${changed.title}`);
      }
      this.settleSoon();
    } else if (this.incoming.value.has(changed.id)) {
      this.incoming.value = withChange(this.incoming.value, changed.id, false);
    }
    this.countSoon();
  }

  private rowsOfSet: readonly string[] = [];
  private cachedSet: ReadonlySet<string> = new Set();

  private rowSet(): ReadonlySet<string> {
    if (this.rowsOfSet !== this.rows.value) {
      this.rowsOfSet = this.rows.value;
      this.cachedSet = new Set(this.rows.value);
    }
    return this.cachedSet;
  }

  /** Whether it comes after the last row that was read, so that reading on will bring it. */
  private isBehindLoaded(changed: Incident): boolean {
    if (!this.hasMore.value) return false;
    const last = this.rows.value.at(-1);
    const lastIncident = last ? incident(last)?.peek() : undefined;
    return lastIncident !== undefined && compare(this.listState.sort)(changed, lastIncident) > 0;
  }

  private settleTimer: ReturnType<typeof setTimeout> | undefined;

  /** Many changes at once become one change of the list. */
  private settleSoon(): void {
    this.settleTimer ??= setTimeout(() => {
      this.settleTimer = undefined;
      this.settleIfIdle();
    }, 60);
  }

  settleIfIdle(): void {
    if (!this.isBusy()) this.settle();
  }

  /** Brings the list up to date. */
  settle(): void {
    if (this.overflow || this.settledSince > MAX_ADDED) {
      void this.load();
      return;
    }
    const left = this.left.value;
    const incoming = this.incoming.value;
    const byId = (id: string): Incident | undefined => incident(id)?.peek();
    const order = compare(this.listState.sort);
    const next = [...this.rows.value.filter((id) => !left.has(id)), ...incoming].filter((id) => byId(id) !== undefined).sort((a, b) => order(byId(a)!, byId(b)!));
    this.settledSince += incoming.size;
    if (left.size > 0) {
      this.left.value = new Set();
      this.selected.value = new Set([...this.selected.value].filter((id) => !left.has(id)));
    }
    if (incoming.size > 0) this.incoming.value = new Set();
    if (next.length !== this.rows.value.length || next.some((id, index) => id !== this.rows.value[index])) this.rows.value = next;
  }

  toggle(id: string): void {
    this.selected.value = withChange(this.selected.value, id, !this.selected.value.has(id));
    if (this.selected.value.size === 0) this.settleSoon();
  }

  clearSelection(): void {
    this.selected.value = new Set();
    this.settleSoon();
  }

  private countSoon(): void {
    this.countTimer ??= setTimeout(() => {
      this.countTimer = undefined;
      this.count();
    }, 5_000);
  }

  private count(): void {
    const generation = this.generation;
    if (!this.hasMore.value) {
      this.total.value = null;
      return;
    }
    query(IncidentCount, { filter: this.filter }).then(
      ({ incidents }) => {
        if (generation === this.generation) this.total.value = incidents.totalCount;
      },
      // The page then says that there are more than the rows that it has.
      () => undefined,
    );
  }
}

function withChange(set: ReadonlySet<string>, id: string, present: boolean): ReadonlySet<string> {
  const next = new Set(set);
  if (present) next.add(id);
  else next.delete(id);
  return next;
}
