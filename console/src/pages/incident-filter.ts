import type { IncidentFilter, IncidentOrder, IncidentStatus, Severity } from '../generated/operations.ts';
import type { Incident } from '../store.ts';
import { fromWallClock, startOfDay } from '../time.ts';
import { labelsOf, severities, statuses, unfinished } from '../words.ts';

export type View = 'active' | 'finished' | 'all';
export type Sort = 'worst' | 'newest' | 'oldest' | 'updated';

/** What the list shows; lives in the URL. */
export interface ListState {
  readonly view: View;
  readonly status: readonly IncidentStatus[];
  readonly severity: readonly Severity[];
  readonly owner: readonly string[];
  readonly service: readonly string[];
  /** `name:value` */
  readonly label: readonly string[];
  readonly search: string;
  /** `2026-03-01` or `2026-03-01T02:00`, in the chosen time zone. */
  readonly from: string;
  readonly to: string;
  readonly sort: Sort;
}

const finished: readonly IncidentStatus[] = statuses.filter((status) => !unfinished.includes(status));

const several = (query: URLSearchParams, name: string): string[] => query.getAll(name).flatMap((it) => it.split(',')).map((it) => it.trim()).filter(Boolean);

const known = <T extends string>(values: readonly string[], all: readonly T[]): T[] => values.map((it) => it.toUpperCase() as T).filter((it) => all.includes(it));

const isWhen = (text: string | null): text is string => /^\d{4}-\d\d-\d\d(T\d\d:\d\d)?$/.test(text ?? '');

export function readState(query: URLSearchParams): ListState {
  const view = query.get('view');
  const sort = query.get('sort');
  const chosenView: View = view === 'finished' || view === 'all' ? view : 'active';
  const from = query.get('from');
  const to = query.get('to');
  return {
    view: chosenView,
    status: known(several(query, 'status'), statuses),
    severity: known(several(query, 'severity'), severities),
    owner: query.getAll('owner').filter(Boolean),
    service: query.getAll('service').filter(Boolean),
    label: query.getAll('label').filter((it) => it.includes(':')),
    search: query.get('q') ?? '',
    from: isWhen(from) ? from : '',
    to: isWhen(to) ? to : '',
    sort: sort === 'worst' || sort === 'newest' || sort === 'oldest' || sort === 'updated' ? sort : defaultSort(chosenView),
  };
}

export const defaultSort = (view: View): Sort => (view === 'active' ? 'worst' : view === 'finished' ? 'updated' : 'newest');

export function writeState(state: ListState): URLSearchParams {
  const query = new URLSearchParams();
  if (state.view !== 'active') query.set('view', state.view);
  if (state.search) query.set('q', state.search);
  if (state.severity.length) query.set('severity', state.severity.join(',').toLowerCase());
  if (state.status.length) query.set('status', state.status.join(',').toLowerCase());
  for (const owner of state.owner) query.append('owner', owner);
  for (const service of state.service) query.append('service', service);
  for (const label of state.label) query.append('label', label);
  if (state.from) query.set('from', state.from);
  if (state.to) query.set('to', state.to);
  if (state.sort !== defaultSort(state.view)) query.set('sort', state.sort);
  return query;
}

const instant = (text: string): Date => (text.length === 10 ? startOfDay(text) : fromWallClock(text));

/** The first instant after a day or a minute. */
function after(text: string): Date {
  if (text.length > 10) return new Date(fromWallClock(text).getTime() + 60_000);
  const next = new Date(Date.parse(`${text}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10);
  return startOfDay(next);
}

const labelMap = (labels: readonly string[]): Record<string, string> => Object.fromEntries(labels.map((it) => [it.slice(0, it.indexOf(':')), it.slice(it.indexOf(':') + 1)]));

export function toFilter(state: ListState): IncidentFilter {
  return {
    status: statusesOf(state),
    severity: state.severity.length ? [...state.severity] : null,
    owner: state.owner.length ? [...state.owner] : null,
    service: state.service.length ? [...state.service] : null,
    labels: state.label.length ? labelMap(state.label) : null,
    search: state.search.trim() || null,
    openedAfter: state.from ? instant(state.from).toISOString() : null,
    openedBefore: state.to ? after(state.to).toISOString() : null,
  };
}

function statusesOf(state: ListState): IncidentStatus[] | null {
  if (state.status.length) return [...state.status];
  return state.view === 'active' ? [...unfinished] : state.view === 'finished' ? [...finished] : null;
}

export const orderOf: Record<Sort, IncidentOrder> = { worst: 'SEVERITY_DESC', newest: 'OPENED_AT_DESC', oldest: 'OPENED_AT_ASC', updated: 'UPDATED_AT_DESC' };

/** Whether the service would list an incident, for those that the feed brings. */
export function matches(incident: Incident, filter: IncidentFilter): boolean {
  if (filter.status && !filter.status.includes(incident.status)) return false;
  if (filter.severity && !filter.severity.includes(incident.severity)) return false;
  if (filter.owner && !filter.owner.includes(incident.owner ?? '')) return false;
  if (filter.service && !filter.service.some((service) => incident.services.includes(service))) return false;
  if (filter.labels) {
    const labels = Object.fromEntries(labelsOf(incident.labels));
    for (const [name, value] of Object.entries(filter.labels as Record<string, string>)) if (labels[name] !== value) return false;
  }
  if (filter.search) {
    const text = filter.search.toLowerCase();
    const number = /^#(\d+)$/.exec(text);
    if (number ? incident.number !== Number(number[1]) : !incident.title.toLowerCase().includes(text) && !(incident.summary ?? '').toLowerCase().includes(text)) return false;
  }
  if (filter.openedAfter && incident.openedAt < filter.openedAfter.replace('Z', '000Z')) return false;
  if (filter.openedBefore && incident.openedAt >= filter.openedBefore.replace('Z', '000Z')) return false;
  return true;
}

/** The order of the service. */
export function compare(sort: Sort): (a: Incident, b: Incident) => number {
  const text = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
  const newest = (a: Incident, b: Incident): number => text(b.openedAt, a.openedAt) || text(b.id, a.id);
  switch (sort) {
    case 'worst':
      return (a, b) => severities.indexOf(a.severity) - severities.indexOf(b.severity) || newest(a, b);
    case 'newest':
      return newest;
    case 'oldest':
      return (a, b) => -newest(a, b);
    case 'updated':
      return (a, b) => text(b.updatedAt, a.updatedAt) || text(b.id, a.id);
  }
}

export const hasFilters = (state: ListState): boolean =>
  state.status.length + state.severity.length + state.owner.length + state.service.length + state.label.length > 0 || Boolean(state.search || state.from || state.to);
