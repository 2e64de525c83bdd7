import { computed, signal, type Signal } from '@preact/signals';
import type { VNode } from 'preact';
import { memo } from 'preact/compat';
import { useEffect, useId, useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import { config, href } from '../base.ts';
import { IncidentOpenings, type Severity } from '../generated/operations.ts';
import { errorText, query } from '../graphql.ts';
import { navigate, restoreScroll, route, setQuery } from '../router.ts';
import { authorization, mayWrite, me, session } from '../session.ts';
import { savedViews } from '../settings.ts';
import { useKeys } from '../shortcuts.ts';
import { epoch, feedReady, incident, onChange, readWithChanges, type Incident } from '../store.ts';
import { briefDuration, day, full, isoDay, now, startOfDay, zone } from '../time.ts';
import { Chart } from '../ui/charts.tsx';
import { Icon } from '../ui/icons.tsx';
import { Button, closeDialog, Dialog, dialog, DrillBadge, Empty, Failure, Field, Loading, Menu, showToast, SeverityBadge, StatusBadge } from '../ui/widgets.tsx';
import { VirtualList } from '../ui/virtual.tsx';
import { capitalized, plural, severities, severityWord, statuses, statusWord } from '../words.ts';
import { assign, bulkSeverity, bulkTransition, incidentHref, merge, openIncident, transition } from './incident-actions.tsx';
import { defaultSort, hasFilters, readState, writeState, type ListState, type Sort, type View } from './incident-filter.ts';
import { IncidentListModel } from './incident-list.ts';

const model = new IncidentListModel();

/** Owners and services seen so far, as suggestions. */
const suggestions = computed(() => {
  const owners = new Set<string>();
  const services = new Set<string>();
  for (const id of model.rows.value.slice(0, 500)) {
    const row = incident(id)?.peek();
    if (row?.owner) owners.add(row.owner);
    for (const service of row?.services ?? []) services.add(service);
  }
  return { owners: [...owners].sort(), services: [...services].sort() };
});

export const knownOwners = (): readonly string[] => suggestions.peek().owners;

const sessionKey = (): string => {
  const mine = me();
  return mine ? `${mine.account} ${mine.actor} ${mine.role}` : '';
};

const wide = matchMedia('(min-width: 720px)');
const isWide = signal(wide.matches);
wide.addEventListener('change', () => (isWide.value = wide.matches));

const sortWord: Record<Sort, string> = { worst: 'Worst first', newest: 'Newest first', oldest: 'Oldest first', updated: 'Last changed first' };

export function IncidentsPage() {
  const state = useMemo(() => readState(route.value.query), [route.value]);
  void session.value;
  const key = sessionKey();
  const listRef = useRef<HTMLDivElement>(null);
  const pointer = useRef({ inside: false, touched: 0 });

  useLayoutEffect(() => model.show(state, key), [state, key, zone.value]);

  const rows = model.rows.value;
  const ready = model.state.value === 'ready';
  useLayoutEffect(() => {
    if (ready) restoreScroll();
  }, [ready]);
  useEffect(() => {
    document.title = 'Incidents';
  }, []);

  useEffect(() => {
    model.isBusy = () =>
      pointer.current.inside ||
      Date.now() - pointer.current.touched < 5_000 ||
      model.selected.value.size > 0 ||
      Boolean(listRef.current?.contains(document.activeElement)) ||
      (listRef.current?.getBoundingClientRect().top ?? 0) < 40;
    return () => {
      model.isBusy = () => false;
    };
  }, []);

  const change = (part: Partial<ListState>, push = true): void => {
    const next = { ...state, ...part };
    if (part.view && state.sort === defaultSort(state.view)) next.sort = defaultSort(part.view);
    setQuery(writeState(next), push);
  };

  const focusRow = (index: number): void => {
    const id = rows[Math.max(0, Math.min(rows.length - 1, index))];
    if (!id) return;
    model.cursor.value = id;
    const at = rows.indexOf(id);
    const list = listRef.current?.querySelector('.virtual');
    if (list) {
      const height = isWide.value ? 44 : 76;
      const top = list.getBoundingClientRect().top + at * height;
      if (top < 120) scrollBy({ top: top - 160, behavior: 'instant' });
      else if (top + height > innerHeight - 80) scrollBy({ top: top + height - innerHeight + 160, behavior: 'instant' });
    }
    requestAnimationFrame(() => requestAnimationFrame(() => listRef.current?.querySelector<HTMLElement>(`[data-id="${id}"] a`)?.focus({ preventScroll: true })));
  };
  const at = (): number => (model.cursor.value ? rows.indexOf(model.cursor.value) : -1);
  const chosen = (): Incident[] => {
    const ids = model.selected.value.size ? [...model.selected.value] : model.cursor.value ? [model.cursor.value] : [];
    return ids.flatMap((id) => incident(id)?.peek() ?? []);
  };

  useKeys({
    j: () => focusRow(at() + 1),
    k: () => focusRow(at() - 1),
    x: () => model.cursor.value && model.toggle(model.cursor.value),
    a: () => mayWrite() && acknowledge(chosen()),
    o: () => mayWrite() && chosen().length > 0 && assign(chosen(), knownOwners()),
    Enter: () => {
      const current = model.cursor.value ? incident(model.cursor.value)?.peek() : undefined;
      if (current) navigate(`incidents/${current.number}`);
    },
    '/': () => document.querySelector<HTMLInputElement>('#incident-search')?.focus(),
    c: () => mayWrite() && openIncident(),
    '.': () => model.settle(),
    Escape: () => {
      model.clearSelection();
      (document.activeElement as HTMLElement | null)?.blur();
    },
  });

  return (
    <main id="main" class="page incidents">
      <h1 class="visually-hidden">Incidents</h1>
      <div class="list-head">
        <div class="segments" role="group" aria-label="Which incidents">
          {(['active', 'finished', 'all'] as View[]).map((view) => (
            <button key={view} type="button" aria-pressed={state.view === view && state.status.length === 0} onClick={() => change({ view, status: [] })}>
              {capitalized(view)}
              {view === state.view && ready && <span class="count">{model.hasMore.value ? (model.total.value?.toLocaleString('en') ?? `${rows.length}+`) : rows.length}</span>}
            </button>
          ))}
        </div>
        <Search value={state.search} onChange={(search) => change({ search }, false)} />
        <div class="list-tools">
          <Filters state={state} change={change} />
          <Menu label="Order" icon="list" kind="quiet" items={(Object.keys(sortWord) as Sort[]).map((sort) => ({ label: sortWord[sort], checked: state.sort === sort, onSelect: () => change({ sort }) }))}>
            <span class="wide-only">{sortWord[state.sort]}</span>
          </Menu>
          <Views state={state} />
          {mayWrite() && (
            <Button kind="primary" icon="plus" onClick={openIncident} title="Open an incident (c)">
              <span class="wide-only">Open incident</span>
            </Button>
          )}
        </div>
      </div>
      <ActiveFilters state={state} change={change} />
      {model.state.value === 'loading' && <Loading what="incidents" />}
      {model.state.value === 'failed' && <Failure error={model.error.value} what="the incidents" onRetry={() => model.load()} />}
      {ready && rows.length === 0 && model.pending.value === 0 && <NothingHere state={state} change={change} />}
      {ready && (
        <div
          ref={listRef}
          class={rows.length === 0 ? 'incident-list none' : 'incident-list'}
          onPointerEnter={(event) => {
            if (event.pointerType === 'mouse') pointer.current.inside = true;
          }}
          onPointerLeave={(event) => {
            if (event.pointerType === 'mouse') {
              pointer.current.inside = false;
              model.settleIfIdle();
            }
          }}
          onTouchStart={() => (pointer.current.touched = Date.now())}
        >
          <Pending />
          <VirtualList
            count={rows.length}
            estimate={isWide.value ? 44 : 76}
            fixed
            itemKey={(index) => rows[index]!}
            item={(index) => <Row id={rows[index]!} />}
            label="Incidents"
            onRange={(_first, last) => {
              if (last > rows.length - 60) void model.more();
            }}
          />
          {model.hasMore.value && <p class="more-below">Scroll for more</p>}
        </div>
      )}
      <BulkBar />
      {ready && <LastDays key={key} />}
    </main>
  );
}

async function acknowledge(chosen: readonly Incident[]): Promise<void> {
  const open = chosen.filter((it) => it.status === 'OPEN');
  if (chosen.length === 0) return;
  if (open.length === 0) showToast('None of them is open', 'error');
  else if (open.length === 1) await transition(open[0]!, 'ACKNOWLEDGED');
  else await bulkTransition(open, 'ACKNOWLEDGED');
}

const Row = memo(function Row({ id }: { id: string }) {
  const found = incident(id);
  if (!found) return null;
  const row = found.value;
  const left = model.left.value.has(id);
  const selected = model.selected.value.has(id);
  return (
    <div class={`row severity-${row.severity.toLowerCase()}${selected ? ' selected' : ''}${left ? ' left' : ''}${model.cursor.value === id ? ' cursor' : ''}`} data-id={id}>
      <label class="row-select">
        <input type="checkbox" checked={selected} onChange={() => model.toggle(id)} aria-label={`Select #${row.number}`} />
      </label>
      <SeverityBadge severity={row.severity} />
      <span class="number">#{row.number}</span>
      <span class="row-title">
        <a href={incidentHref(row.number)} onFocus={() => (model.cursor.value = id)}>
          {row.title}
        </a>
        <span class="row-tags">
          {row.kind === 'DRILL' && <DrillBadge />}
          {row.occurrences > 1 && <span class="tag" title={`Reported ${row.occurrences} times`}>×{row.occurrences.toLocaleString('en')}</span>}
          {row.services.slice(0, 3).map((service) => (
            <span key={service} class="tag">
              {service}
            </span>
          ))}
          {row.services.length > 3 && <span class="tag">+{row.services.length - 3}</span>}
        </span>
      </span>
      <StatusBadge status={row.status} />
      <span class={row.owner ? 'owner' : 'owner none'}>{row.owner ?? 'no owner'}</span>
      <Age row={row} />
    </div>
  );
});

function Age({ row }: { row: Incident }) {
  return (
    <time class="age" dateTime={row.openedAt} title={`Opened ${full(row.openedAt)}`}>
      {briefDuration(now.value - Date.parse(row.openedAt))}
    </time>
  );
}

/** `3 new`: what has happened since the rows stopped moving. */
function Pending() {
  const added = model.incoming.value.size;
  const left = model.left.value.size;
  if (added + left === 0) return <div class="pending" />;
  return (
    <div class="pending shown">
      <button type="button" class="button primary small" onClick={() => model.settle()}>
        {[added ? `${added} new` : '', left ? `${left} no longer here` : ''].filter(Boolean).join(', ')}
        <kbd aria-hidden="true">.</kbd>
      </button>
    </div>
  );
}

function Search({ value, onChange }: { value: string; onChange: (text: string) => void }) {
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (input.current && input.current !== document.activeElement) input.current.value = value;
  }, [value]);
  return (
    <form
      class="search"
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        clearTimeout(timer.current);
        const text = input.current?.value.trim() ?? '';
        const number = /^#?(\d+)$/.exec(text)?.[1];
        if (number) navigate(`incidents/${number}`);
        else onChange(text);
      }}
    >
      <Icon name="search" />
      <input
        ref={input}
        id="incident-search"
        type="search"
        placeholder={isWide.value ? 'Search, or #number' : 'Search'}
        aria-label="Search in titles and summaries, or go to a number"
        maxLength={200}
        defaultValue={value}
        onInput={(event) => {
          const text = event.currentTarget.value;
          clearTimeout(timer.current);
          timer.current = setTimeout(() => onChange(text), 250);
        }}
        onKeyDown={(event) => {
          if (event.key === 'Escape') event.currentTarget.blur();
        }}
      />
    </form>
  );
}

type Change = (part: Partial<ListState>, push?: boolean) => void;

const toggled = <T,>(values: readonly T[], value: T): T[] => (values.includes(value) ? values.filter((it) => it !== value) : [...values, value]);

function Filters({ state, change }: { state: ListState; change: Change }) {
  const count = state.severity.length + state.status.length + state.owner.length + state.service.length + state.label.length + (state.from || state.to ? 1 : 0);
  return (
    <Button
      kind="quiet"
      icon="filter"
      onClick={() => {
        dialog.value = <FilterDialog state={state} change={change} />;
      }}
    >
      <span class="wide-only">Filter</span>
      {count > 0 && <span class="count">{count}</span>}
    </Button>
  );
}

function FilterDialog({ state, change }: { state: ListState; change: Change }) {
  const draft = useMemo(() => signal(state), []);
  // As it is typed: a text is taken apart when the form is sent, so that commas and spaces can be typed.
  const texts = useMemo(() => signal({ owner: state.owner.join(', '), service: state.service.join(', '), label: state.label.join(', ') }), []);
  const current = draft.value;
  const set = (part: Partial<ListState>): void => {
    draft.value = { ...draft.value, ...part };
  };
  const write = (part: Partial<typeof texts.value>): void => {
    texts.value = { ...texts.value, ...part };
  };
  const read = (name: 'owner' | 'service' | 'label'): readonly string[] => (texts.value[name] === state[name].join(', ') ? state[name] : separate(texts.value[name]));
  const mine = me()?.actor ?? '';
  return (
    <Dialog title="Filter" onClose={closeDialog}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          change({ ...draft.value, owner: read('owner'), service: read('service'), label: read('label') });
          closeDialog();
        }}
      >
        <Checks legend="Severity" all={severities} chosen={current.severity} onChange={(severity) => set({ severity })} badge={(severity) => <SeverityBadge severity={severity} />} />
        <Checks legend="Status" all={statuses} chosen={current.status} onChange={(status) => set({ status })} badge={(status) => <StatusBadge status={status} />} />
        <SeveralField label="Owner" hint="Several with commas between them." text={texts.value.owner} known={[...new Set([mine, ...suggestions.value.owners])].filter(Boolean)} onInput={(owner) => write({ owner })} />
        <SeveralField label="Affected service" text={texts.value.service} known={suggestions.value.services} onInput={(service) => write({ service })} />
        <Field label="Label" optional hint="name:value">
          {(attributes) => <input {...attributes} type="text" pattern="[^,:]+:.*" value={texts.value.label} onInput={(event) => write({ label: event.currentTarget.value })} />}
        </Field>
        <div class="two">
          <Field label="Opened from" optional>
            {(attributes) => <input {...attributes} type="date" value={current.from.slice(0, 10)} onChange={(event) => set({ from: event.currentTarget.value })} />}
          </Field>
          <Field label="to" optional>
            {(attributes) => <input {...attributes} type="date" value={current.to.slice(0, 10)} onChange={(event) => set({ to: event.currentTarget.value })} />}
          </Field>
        </div>
        <footer>
          <Button
            onClick={() => {
              set({ severity: [], status: [], from: '', to: '' });
              write({ owner: '', service: '', label: '' });
            }}
          >
            Clear
          </Button>
          <Button kind="primary" type="submit">
            Show
          </Button>
        </footer>
      </form>
    </Dialog>
  );
}

function Checks<T extends string>({ legend, all, chosen, onChange, badge }: { legend: string; all: readonly T[]; chosen: readonly T[]; onChange: (chosen: T[]) => void; badge: (value: T) => VNode }) {
  return (
    <fieldset class="checks">
      <legend>{legend}</legend>
      {all.map((value) => (
        <label key={value}>
          <input type="checkbox" checked={chosen.includes(value)} onChange={() => onChange(toggled(chosen, value))} />
          {badge(value)}
        </label>
      ))}
    </fieldset>
  );
}

const separate = (text: string): string[] => text.split(',').map((it) => it.trim()).filter(Boolean);

/** Several values with commas between them. */
function SeveralField({ label, hint, text, known, onInput }: { label: string; hint?: string; text: string; known: readonly string[]; onInput: (text: string) => void }) {
  const id = useId();
  return (
    <>
      <Field label={label} optional hint={hint}>
        {(attributes) => <input {...attributes} type="text" list={id} value={text} onInput={(event) => onInput(event.currentTarget.value)} />}
      </Field>
      <datalist id={id}>
        {known.map((value) => (
          <option key={value} value={value} />
        ))}
      </datalist>
    </>
  );
}

function ActiveFilters({ state, change }: { state: ListState; change: Change }) {
  if (!hasFilters(state)) return null;
  const chips: { text: string; without: Partial<ListState> }[] = [
    ...state.severity.map((it) => ({ text: severityWord[it], without: { severity: toggled(state.severity, it) } })),
    ...state.status.map((it) => ({ text: statusWord[it], without: { status: toggled(state.status, it) } })),
    ...state.owner.map((it) => ({ text: `owner ${it}`, without: { owner: toggled(state.owner, it) } })),
    ...state.service.map((it) => ({ text: `service ${it}`, without: { service: toggled(state.service, it) } })),
    ...state.label.map((it) => ({ text: it, without: { label: toggled(state.label, it) } })),
    ...(state.search ? [{ text: `“${state.search}”`, without: { search: '' } }] : []),
    ...(state.from || state.to ? [{ text: state.from === state.to ? `opened ${state.from.replace('T', ' ')}` : `opened ${state.from.replace('T', ' ') || '…'} to ${state.to.replace('T', ' ') || 'now'}`, without: { from: '', to: '' } }] : []),
  ];
  return (
    <ul class="chips" aria-label="Filters">
      {chips.map((chip) => (
        <li key={chip.text}>
          <button type="button" class="chip" onClick={() => change(chip.without)} aria-label={`Remove the filter ${chip.text}`} title="Remove this filter">
            {chip.text}
            <Icon name="close" />
          </button>
        </li>
      ))}
      <li>
        <button type="button" class="link" onClick={() => change({ severity: [], status: [], owner: [], service: [], label: [], search: '', from: '', to: '' })}>
          Clear all
        </button>
      </li>
    </ul>
  );
}

function readViews(): Record<string, string> {
  try {
    return JSON.parse(savedViews.value) as Record<string, string>;
  } catch {
    return {};
  }
}

function Views({ state }: { state: ListState }) {
  const views = readViews();
  const mine = me()?.actor;
  const open = (text: string): void => setQuery(new URLSearchParams(text), true);
  const current = writeState(state).toString();
  return (
    <Menu
      label="Views"
      icon="bookmark"
      kind="quiet"
      items={[
        mine ? { label: 'Mine', icon: 'user', onSelect: () => open(`owner=${encodeURIComponent(mine)}`) } : null,
        { label: 'Critical and high', icon: 'flame', onSelect: () => open('severity=critical,high') },
        ...Object.entries(views).map(([name, query]) => ({ label: name, icon: 'bookmark' as const, onSelect: () => open(query) })),
        { label: 'Save this view…', icon: 'plus', onSelect: () => (dialog.value = <SaveViewDialog query={current} />) },
        ...Object.keys(views).map((name) => ({
          label: `Forget “${name}”`,
          icon: 'close' as const,
          onSelect: () => {
            const { [name]: _forgotten, ...rest } = views;
            savedViews.value = JSON.stringify(rest);
          },
        })),
      ]}
    >
      <span class="wide-only">Views</span>
    </Menu>
  );
}

function SaveViewDialog({ query: current }: { query: string }) {
  const name = useMemo(() => signal(''), []);
  return (
    <Dialog title="Save this view" onClose={closeDialog}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (!name.value.trim()) return;
          savedViews.value = JSON.stringify({ ...readViews(), [name.value.trim()]: current });
          closeDialog();
          showToast('The view is saved in this browser');
        }}
      >
        <Field label="Name" hint="Kept in this browser. To share the view, share the address of the page.">
          {(attributes) => <input {...attributes} type="text" required maxLength={40} autofocus onInput={(event) => (name.value = event.currentTarget.value)} />}
        </Field>
        <footer>
          <Button onClick={closeDialog}>Not now</Button>
          <Button kind="primary" type="submit">
            Save
          </Button>
        </footer>
      </form>
    </Dialog>
  );
}

function NothingHere({ state, change }: { state: ListState; change: Change }) {
  if (hasFilters(state)) {
    return (
      <Empty title="Nothing matches" icon="search">
        <p>No {state.view === 'all' ? '' : `${state.view} `}incident matches these filters.</p>
        <Button onClick={() => change({ severity: [], status: [], owner: [], service: [], label: [], search: '', from: '', to: '' })}>Clear the filters</Button>
        {state.view !== 'all' && <Button onClick={() => change({ view: 'all' })}>Search in all incidents</Button>}
      </Empty>
    );
  }
  if (state.view === 'active') {
    return (
      <Empty title="No incident is unfinished" icon="check">
        <p>No incident is open, acknowledged or mitigating. New ones appear here by themselves.</p>
        <Button onClick={() => change({ view: 'all' })}>Show all incidents</Button>
        {mayWrite() && (
          <Button kind="primary" icon="plus" onClick={openIncident}>
            Open an incident
          </Button>
        )}
        {config.tryOut && mayWrite() && <DemoButton />}
      </Empty>
    );
  }
  return (
    <Empty title={state.view === 'finished' ? 'Nothing is finished yet' : 'No incidents yet'} icon="list">
      <p>Monitoring opens incidents by the API; people open them here.</p>
      {mayWrite() && (
        <Button kind="primary" icon="plus" onClick={openIncident}>
          Open an incident
        </Button>
      )}
      {config.tryOut && mayWrite() && <DemoButton />}
    </Empty>
  );
}

export async function fillDemo(): Promise<void> {
  try {
    const response = await fetch(href('console/try-out/demo'), { method: 'POST', headers: { 'Content-Type': 'application/json', Accept: 'application/json', ...authorization() }, body: '{}' });
    const body = (await response.json().catch(() => ({}))) as { detail?: string };
    if (!response.ok) throw new Error(body.detail ?? `The service answered ${response.status}`);
    showToast('The account has 90 days of incidents now');
    epoch.value++;
  } catch (error) {
    showToast(errorText(error), 'error');
  }
}

function DemoButton() {
  return (
    <Button icon="bolt" onClick={fillDemo}>
      Fill with 90 days of examples
    </Button>
  );
}

function BulkBar() {
  const selected = model.selected.value;
  if (selected.size === 0) return null;
  const chosen = [...selected].flatMap((id) => incident(id)?.value ?? []);
  const after = (done: Promise<unknown>): Promise<unknown> => done.finally(() => model.clearSelection());
  return (
    <div class="bulk" role="toolbar" aria-label={`Actions for ${plural(selected.size, 'selected incident')}`}>
      <span class="bulk-count">{selected.size} selected</span>
      {mayWrite() && (
        <>
          <Button small icon="check" onClick={() => after(acknowledge(chosen))} hint="a">
            Acknowledge
          </Button>
          <Button small onClick={() => after(bulkTransition(chosen, 'RESOLVED'))}>
            Resolve
          </Button>
          <Button small icon="user" onClick={() => assign(chosen, knownOwners())} hint="o">
            Assign
          </Button>
          <Menu small label="Severity" items={severities.map((severity) => ({ label: <SeverityBadge severity={severity} />, onSelect: () => after(bulkSeverity(chosen, severity)) }))}>
            Severity
          </Menu>
          <Button small icon="merge" onClick={() => merge(chosen)}>
            Merge
          </Button>
        </>
      )}
      <Button small kind="quiet" onClick={() => model.clearSelection()} hint="Esc">
        Clear
      </Button>
    </div>
  );
}

interface Opening {
  readonly number: number;
  readonly severity: Severity;
  readonly openedAt: string;
}

/**
 * When incidents were opened and with which severity, by their numbers. A page that stays open in a storm has thousands, so each is one
 * number: the quarter of an hour, in which no time zone has a midnight, times 8, plus the index of the severity.
 */
type Openings = Map<number, number>;

const QUARTER = 900_000;
const packed = (opening: Opening): number => Math.floor(Date.parse(opening.openedAt) / QUARTER) * 8 + severities.indexOf(opening.severity);

const MAX_OPENINGS = 10_000;
const openings: Signal<{ readonly all: Openings } | null> = signal(null);
/** Where there are too many: when the oldest that is known was opened. */
const openingsCut: Signal<number | null> = signal(null);
let openingsFor = '';
let openingsTimer: ReturnType<typeof setTimeout> | undefined;

function noteOpening(changed: Incident): void {
  const known = openings.peek()?.all;
  if (!known || Date.parse(changed.openedAt) < Math.max(Date.now() - 31 * 86_400_000, openingsCut.peek() ?? 0)) return;
  if (known.get(changed.number) === packed(changed)) return;
  known.set(changed.number, packed(changed));
  // The plot is drawn anew once a second at most, however many are opened.
  openingsTimer ??= setTimeout(() => {
    openingsTimer = undefined;
    const current = openings.peek()?.all;
    if (!current) return;
    if (current.size > MAX_OPENINGS) forgetOldestOpenings(current);
    openings.value = { all: current };
  }, 1_000);
}
onChange(noteOpening);

function forgetOldestOpenings(all: Openings): void {
  const byAge = [...all].sort(([, a], [, b]) => a - b);
  const excess = byAge.slice(0, all.size - MAX_OPENINGS * 0.9);
  for (const [number] of excess) all.delete(number);
  openingsCut.value = Math.floor(excess.at(-1)![1] / 8) * QUARTER;
}

async function loadOpenings(): Promise<void> {
  await feedReady();
  const filter = { openedAfter: new Date(Date.now() - 31 * 86_400_000).toISOString() };
  const { answer, changes } = await readWithChanges(async () => {
    const found: Openings = new Map();
    let after: string | null = null;
    openingsCut.value = null;
    for (let page = 0; page < 15; page++) {
      const { incidents }: { incidents: { nodes: Opening[]; pageInfo: { hasNextPage: boolean; endCursor?: string | null } } } = await query(IncidentOpenings, { filter, after });
      for (const node of incidents.nodes) found.set(node.number, packed(node));
      if (!incidents.pageInfo.hasNextPage) break;
      after = incidents.pageInfo.endCursor ?? null;
      if (page === 14) openingsCut.value = Date.parse(incidents.nodes.at(-1)!.openedAt);
    }
    return found;
  });
  openings.value = { all: answer };
  for (const { incident: changed } of changes) noteOpening(changed);
}

/** How many incidents were opened on each of the last 30 days. */
function LastDays() {
  const who = `${sessionKey()} ${epoch.value}`;
  useEffect(() => {
    if (openingsFor === who) return;
    openingsFor = who;
    openings.value = null;
    const start = (): void => void loadOpenings().catch(() => (openingsFor = ''));
    // After the list is painted.
    if ('requestIdleCallback' in globalThis) requestIdleCallback(start, { timeout: 1_500 });
    else setTimeout(start, 300);
  }, [who]);
  const today = isoDay(now.value);
  const zoneName = zone.value;
  const known = openings.value;
  const cut = openingsCut.value;
  const firstKnown = cut ? isoDay(cut, zoneName) : '';
  const buckets = useMemo(() => {
    if (!known) return null;
    const dates = new Map<number, string>();
    const counts = new Map<string, number[]>();
    for (const opening of known.all.values()) {
      const quarter = Math.floor(opening / 8);
      const date = dates.get(quarter) ?? isoDay(quarter * QUARTER, zoneName);
      dates.set(quarter, date);
      const values = counts.get(date) ?? [0, 0, 0, 0, 0];
      values[opening % 8]!++;
      counts.set(date, values);
    }
    return Array.from({ length: 30 }, (_, index) => {
      const date = new Date(Date.parse(`${today}T00:00:00Z`) - (29 - index) * 86_400_000).toISOString().slice(0, 10);
      const noon = startOfDay(date, zoneName).getTime() + 43_200_000;
      return { label: day(noon), tick: index === 29 ? 'today' : day(noon), values: date < firstKnown ? [null, null, null, null, null] : (counts.get(date) ?? [0, 0, 0, 0, 0]), href: href(`incidents?view=all&from=${date}&to=${date}`) };
    });
  }, [known, firstKnown, today, zoneName]);
  if (!buckets || known!.all.size === 0) return null;
  return (
    <section class="last-days">
      <Chart title={cut ? `Opened in the last 30 days, of the newest ${known!.all.size.toLocaleString('en')}` : 'Opened in the last 30 days'} kind="stacked" height={72} series={severities.map((severity) => ({ name: severityWord[severity], class: `severity-${severity.toLowerCase()}` }))} buckets={buckets} format={(value) => String(value)} csvName="incidents-30-days" />
    </section>
  );
}
