import '../app.tsx';
import { useSignal } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { href } from '../base.ts';
import {
  InsightGroups,
  InsightHeatmap,
  InsightIncidents,
  Insights,
  type GroupFieldsFragment,
  type IncidentFilter,
  type InsightHeatmapQuery,
  type InsightIncidentsQuery,
  type InsightsQuery,
  type MetricBasis,
  type MetricBucket,
  type MetricFieldsFragment,
} from '../generated/operations.ts';
import { query } from '../graphql.ts';
import { openLater } from '../lazy.tsx';
import { restoreScroll, route, setQuery } from '../router.ts';
import { epoch } from '../store.ts';
import { day, duration, isoDay, now, relative, startOfDay, zone } from '../time.ts';
import { Chart, downloadCsv, toCsv, type Bucket } from '../ui/charts.tsx';
import { Icon } from '../ui/icons.tsx';
import { Button, closeDialog, Dialog, dialog, Empty, Failure, IconButton, Loading, Menu, SeverityBadge, StatusBadge, TableHead } from '../ui/widgets.tsx';
import { capitalized, plural, severities, severityWord } from '../words.ts';
import type { Severity } from '../generated/operations.ts';

type Period = 'this-month' | 'last-month' | '30d' | '90d' | '12m';

const periodWord: Record<Period, string> = { 'this-month': 'This month', 'last-month': 'Last month', '30d': 'Last 30 days', '90d': 'Last 90 days', '12m': 'Last 12 months' };
const basisWord: Record<MetricBasis, string> = { WALL: 'From start to last resolution', ACTIVE: 'Without the time between a resolution and a reopening', FIRST: 'From start to first resolution' };

const basisShort: Record<MetricBasis, string> = { WALL: 'Last resolution', ACTIVE: 'Active time', FIRST: 'First resolution' };

interface State {
  readonly period: Period;
  readonly basis: MetricBasis;
  readonly severity: Severity | null;
  readonly service: string | null;
}

function readState(search: URLSearchParams): State {
  const period = search.get('period') as Period;
  const basis = search.get('basis')?.toUpperCase() as MetricBasis;
  const severity = search.get('severity')?.toUpperCase() as Severity;
  return { period: period in periodWord ? period : '90d', basis: basis in basisWord ? basis : 'WALL', severity: severities.includes(severity) ? severity : null, service: search.get('service') };
}

const addDays = (date: string, days: number): string => new Date(Date.parse(`${date}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);

function addMonths(date: string, months: number): string {
  const [year, month] = date.split('-').map(Number) as [number, number];
  return new Date(Date.UTC(year, month - 1 + months, 1)).toISOString().slice(0, 10);
}

interface Range {
  readonly from: Date;
  readonly to: Date;
  readonly bucket: MetricBucket;
}

/** The days of a period, in the chosen time zone. */
function rangeOf(period: Period, today: string): Range {
  const tomorrow = startOfDay(addDays(today, 1));
  switch (period) {
    case 'this-month':
      return { from: startOfDay(addMonths(today, 0)), to: tomorrow, bucket: 'DAY' };
    case 'last-month':
      return { from: startOfDay(addMonths(today, -1)), to: startOfDay(addMonths(today, 0)), bucket: 'WEEK' };
    case '30d':
      return { from: startOfDay(addDays(today, -29)), to: tomorrow, bucket: 'WEEK' };
    case '90d':
      return { from: startOfDay(addDays(today, -89)), to: tomorrow, bucket: 'WEEK' };
    case '12m':
      return { from: startOfDay(addMonths(today, -11)), to: tomorrow, bucket: 'MONTH' };
  }
}

const seconds = (value: number): string => duration(Math.round(value) * 1000);

type Total = InsightsQuery['incidentMetrics']['total'];

interface Result {
  /** What was asked for: the numbers are shown with it, and not with what was chosen since. */
  readonly key: string;
  readonly variables: Variables;
  readonly range: Range;
  readonly metrics: InsightsQuery['incidentMetrics'];
  readonly bySeverity: readonly GroupFieldsFragment[];
  readonly byService: readonly GroupFieldsFragment[];
  readonly heatmap: InsightHeatmapQuery['incidentHeatmap'];
}

export function InsightsPage() {
  const state = useMemo(() => readState(route.value.query), [route.value]);
  const today = isoDay(now.value);
  const zoneName = zone.value;
  const result = useSignal<Result | null>(null);
  const failure = useSignal<unknown>(null);
  const stale = useSignal(false);
  const range = useMemo(() => rangeOf(state.period, today), [state.period, today, zoneName]);
  const filter = useMemo<IncidentFilter | null>(() => (state.severity || state.service ? { severity: state.severity ? [state.severity] : null, service: state.service ? [state.service] : null } : null), [state.severity, state.service]);
  const variables = { filter, from: range.from.toISOString(), to: range.to.toISOString(), timeZone: zoneName, basis: state.basis };
  const key = JSON.stringify(variables);

  const running = useRef<AbortController | null>(null);
  const load = async (): Promise<void> => {
    running.current?.abort();
    const { signal } = (running.current = new AbortController());
    stale.value = true;
    failure.value = null;
    try {
      const [metrics, severity, service, heatmap] = await Promise.all([
        query(Insights, { ...variables, bucket: range.bucket }, signal),
        query(InsightGroups, { ...variables, groupBy: ['SEVERITY'] }, signal),
        query(InsightGroups, { ...variables, groupBy: ['SERVICE'] }, signal),
        query(InsightHeatmap, { filter, from: variables.from, to: variables.to, timeZone: zoneName }, signal),
      ]);
      result.value = { key, variables, range, metrics: metrics.incidentMetrics, bySeverity: severity.incidentMetrics.groups, byService: service.incidentMetrics.groups, heatmap: heatmap.incidentHeatmap };
      restoreScroll();
    } catch (error) {
      if (!signal.aborted) failure.value = error;
    } finally {
      if (!signal.aborted) stale.value = false;
    }
  };
  useEffect(() => {
    document.title = 'Insights';
    void load();
    return () => running.current?.abort();
  }, [key, epoch.value]);

  const change = (part: Partial<State>): void => {
    const next = { ...state, ...part };
    const search = new URLSearchParams();
    if (next.period !== '90d') search.set('period', next.period);
    if (next.basis !== 'WALL') search.set('basis', next.basis.toLowerCase());
    if (next.severity) search.set('severity', next.severity.toLowerCase());
    if (next.service) search.set('service', next.service);
    setQuery(search, true);
  };

  // Where the numbers of this period could not be read, those of another one are not shown instead.
  const current = failure.value && result.value?.key !== key ? null : result.value;
  return (
    <main id="main" class={stale.value && current ? 'page insights stale' : 'page insights'} aria-busy={stale.value}>
      <h1 class="visually-hidden">Insights</h1>
      <div class="list-head">
        <div class="segments" role="group" aria-label="Period" ref={(element) => element?.querySelector('[aria-pressed=true]')?.scrollIntoView({ inline: 'nearest', block: 'nearest' })}>
          {(Object.keys(periodWord) as Period[]).map((period) => (
            <button key={period} type="button" aria-pressed={state.period === period} onClick={() => change({ period })}>
              {periodWord[period]}
            </button>
          ))}
        </div>
        <div class="list-tools">
          <Menu label="Severity" kind="quiet" icon="filter" items={[{ label: 'All severities', checked: state.severity === null, onSelect: () => change({ severity: null }) }, ...severities.map((severity) => ({ label: <SeverityBadge severity={severity} />, checked: state.severity === severity, onSelect: () => change({ severity }) }))]}>
            {state.severity ? severityWord[state.severity] : 'All severities'}
          </Menu>
          <Menu label="How the time to resolve is counted" kind="quiet" icon="clock" items={(Object.keys(basisWord) as MetricBasis[]).map((basis) => ({ label: basisWord[basis], checked: state.basis === basis, onSelect: () => change({ basis }) }))}>
            {basisShort[state.basis]}
          </Menu>
        </div>
      </div>
      {state.service && (
        <ul class="chips" aria-label="Filters">
          <li>
            <button type="button" class="chip" onClick={() => change({ service: null })}>
              service {state.service}
              <Icon name="close" />
            </button>
          </li>
        </ul>
      )}
      <p class="muted small-text range">
        Incidents that were resolved from {day(range.from.getTime())} to {day(range.to.getTime() - 1)}, in{' '}
        <button type="button" class="link" onClick={() => openLater(({ ZoneDialog }) => <ZoneDialog />)}>
          {zoneName.replaceAll('_', ' ')}
        </button>
        . Cancelled and merged incidents, drills and those of severity info are left out.
      </p>
      {failure.value && !current ? <Failure error={failure.value} what="the numbers" onRetry={load} /> : null}
      {!current && !failure.value && <Loading what="the numbers" />}
      {current && <Numbers result={current} state={state} change={change} />}
    </main>
  );
}

interface Variables {
  readonly filter: IncidentFilter | null;
  readonly from: string;
  readonly to: string;
  readonly timeZone: string;
  readonly basis: MetricBasis;
}

type Name = 'acknowledge' | 'mitigate' | 'resolve' | 'reopen';

const names: Record<Exclude<Name, 'reopen'>, { readonly short: string; readonly long: string; readonly of: (total: Pick<Total, 'timeToAcknowledge' | 'timeToMitigate' | 'timeToResolve'>) => MetricFieldsFragment }> = {
  acknowledge: { short: 'MTTA', long: 'Time to acknowledge', of: (total) => total.timeToAcknowledge },
  mitigate: { short: 'MTTM', long: 'Time to mitigate', of: (total) => total.timeToMitigate },
  resolve: { short: 'MTTR', long: 'Time to resolve', of: (total) => total.timeToResolve },
};

function Numbers({ result, state, change }: { result: Result; state: State; change: (part: Partial<State>) => void }) {
  const { variables, range } = result;
  const { total, openCount, oldestOpenedAt } = result.metrics;
  const show = (name: Name, title: string, from = variables.from, to = variables.to): void => {
    dialog.value = <IncidentsDialog name={name} title={title} variables={{ ...variables, from, to }} />;
  };
  const buckets = (name: 'timeToAcknowledge' | 'timeToMitigate' | 'timeToResolve', short: Exclude<Name, 'reopen'>): Bucket[] =>
    total.buckets.map((bucket) => ({
      label: range.bucket === 'DAY' ? day(bucket.start) : range.bucket === 'WEEK' ? `${day(bucket.start)} to ${day(Date.parse(bucket.end) - 1)}` : monthOf(bucket.start),
      tick: range.bucket === 'MONTH' ? monthOf(bucket.start).slice(0, 3) : day(bucket.start),
      values: [bucket[name].medianSeconds, bucket[name].p90Seconds],
      note: plural(bucket[name].count, 'incident'),
      onSelect: bucket[name].count > 0 ? () => show(short, `${names[short].short}, ${day(bucket.start)} to ${day(Date.parse(bucket.end) - 1)}`, bucket.start, bucket.end) : undefined,
    }));
  const series = [
    { name: 'Median', class: 'series-median' },
    { name: '90th percentile', class: 'series-p90' },
  ];
  return (
    <>
      <ul class="tiles">
        {(Object.keys(names) as Exclude<Name, 'reopen'>[]).map((name) => (
          <Tile key={name} short={names[name].short} long={names[name].long} metric={names[name].of(total)} onOpen={() => show(name, `${names[name].short}: the incidents behind it`)} />
        ))}
        <li class="tile">
          <button type="button" onClick={() => show('reopen', 'Reopened incidents')} disabled={total.reopenRate.count === 0}>
            <span class="tile-name">Reopened</span>
            <strong>{total.reopenRate.rate === null ? '–' : `${(total.reopenRate.rate * 100).toFixed(total.reopenRate.rate < 0.1 ? 1 : 0)} %`}</strong>
            <span class="muted small-text">
              {total.reopenRate.count} of {plural(total.incidentCount, 'incident')}
            </span>
          </button>
        </li>
        <li class="tile">
          <a href={href('incidents')}>
            <span class="tile-name">Open now</span>
            <strong>{openCount.toLocaleString('en')}</strong>
            <span class="muted small-text">{oldestOpenedAt ? `the oldest for ${relative(oldestOpenedAt).replace(' ago', '')}` : 'nothing is open'}</span>
          </a>
        </li>
      </ul>
      {total.incidentCount === 0 ? (
        <Empty title="No incident was resolved in this period" icon="chart">
          <p>Choose a longer period{state.severity || state.service ? ', or fewer filters' : ''}.</p>
          <Button onClick={() => change({ period: '12m', severity: null, service: null })}>Last 12 months, everything</Button>
        </Empty>
      ) : (
        <>
          <div class="charts">
            <Chart title="MTTR: time to resolve" kind="lines" series={series} buckets={buckets('timeToResolve', 'resolve')} format={seconds} noteTitle="Incidents" csvName="mttr" />
            <Chart title="MTTA: time to acknowledge" kind="lines" series={series} buckets={buckets('timeToAcknowledge', 'acknowledge')} format={seconds} noteTitle="Incidents" csvName="mtta" />
            <Chart title="MTTM: time to mitigate" kind="lines" series={series} buckets={buckets('timeToMitigate', 'mitigate')} format={seconds} noteTitle="Incidents" csvName="mttm" />
            <Chart title="Incidents" kind="stacked" series={[{ name: 'Incidents', class: 'series-median' }]} buckets={total.buckets.map((bucket) => ({ label: day(bucket.start), tick: range.bucket === 'MONTH' ? monthOf(bucket.start).slice(0, 3) : day(bucket.start), values: [bucket.incidentCount] }))} format={(value) => String(value)} csvName="incidents" />
          </div>
          <Heatmap cells={result.heatmap} />
          <div class="charts">
            <Groups title="By severity" name="severity" groups={result.bySeverity} link={(value) => () => change({ severity: (value?.toUpperCase() as Severity | undefined) ?? null })} />
            <Groups title="By service" name="service" groups={result.byService} link={(value) => () => change({ service: value })} />
          </div>
        </>
      )}
    </>
  );
}

const monthOf = (at: string): string => new Intl.DateTimeFormat('en-GB', { timeZone: zone.value, month: 'long', year: 'numeric' }).format(new Date(at));

function Tile({ short, long, metric, onOpen }: { short: string; long: string; metric: MetricFieldsFragment; onOpen: () => void }) {
  const excluded = metric.excluded.filter((it) => it.reason === 'UNKNOWN').reduce((sum, it) => sum + it.count, 0);
  return (
    <li class="tile">
      <button type="button" onClick={onOpen} disabled={metric.count === 0}>
        <span class="tile-name">
          {short} <span class="muted">{long.toLowerCase()}</span>
        </span>
        <strong>{metric.medianSeconds === null ? '–' : seconds(metric.medianSeconds)}</strong>
        <span class="muted small-text">
          {metric.p90Seconds === null ? 'no incident' : `median of ${metric.count}; 9 of 10 within ${seconds(metric.p90Seconds)}`}
          {metric.meanSeconds !== null && `; mean ${seconds(metric.meanSeconds)}`}
          {excluded > 0 && `; ${excluded} unknown`}
        </span>
      </button>
    </li>
  );
}

function IncidentsDialog({ name, title, variables }: { name: Name; title: string; variables: Variables }) {
  const rows = useSignal<readonly InsightRow[] | null>(null);
  const failure = useSignal<unknown>(null);
  // How long one incident took without the time until a reopening is not in its milestones.
  const timed = variables.basis === 'WALL' || name === 'acknowledge' || name === 'mitigate';
  const load = async (): Promise<void> => {
    failure.value = null;
    try {
      const { incidentMetrics } = await query(InsightIncidents, { ...variables, acknowledge: name === 'acknowledge', mitigate: name === 'mitigate', resolve: name === 'resolve', reopen: name === 'reopen' });
      const { timeToAcknowledge, timeToMitigate, timeToResolve, reopenRate } = incidentMetrics.total;
      rows.value = (timeToAcknowledge ?? timeToMitigate ?? timeToResolve ?? reopenRate)?.incidents.nodes ?? [];
    } catch (error) {
      failure.value = error;
    }
  };
  useEffect(() => void load(), []);
  return (
    <Dialog title={title} onClose={closeDialog} wide>
      {failure.value ? <Failure error={failure.value} what="the incidents" onRetry={load} /> : rows.value === null ? <Loading what="incidents" /> : null}
      {rows.value && (
        <div class="table-scroll behind">
          <table>
            <TableHead text={['Severity', 'Incident', 'Status']} numbers={timed ? ['Opened', 'Took'] : ['Opened']} />
            <tbody>
              {rows.value.map((row) => (
                <tr key={row.id}>
                  <td>
                    <SeverityBadge severity={row.severity} />
                  </td>
                  <td>
                    <a href={href(`incidents/${row.number}`)} onClick={closeDialog}>
                      #{row.number} {row.title}
                    </a>
                  </td>
                  <td>
                    <StatusBadge status={row.status} />
                  </td>
                  <td class="numeric">{day(row.openedAt)}</td>
                  {timed && <td class="numeric">{tookOf(name, row)}</td>}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {rows.value && rows.value.length >= 100 && <p class="hint">The newest 100.</p>}
    </Dialog>
  );
}

type InsightRow = NonNullable<InsightIncidentsQuery['incidentMetrics']['total']['timeToResolve']>['incidents']['nodes'][number];

/** The milestones between which a metric counts. */
const between = { acknowledge: ['DECLARED', 'ACKNOWLEDGED'], mitigate: ['STARTED', 'MITIGATED'], resolve: ['STARTED', 'RESOLVED'], reopen: ['STARTED', 'RESOLVED'] } as const;

function tookOf(name: Name, row: InsightRow): string {
  const [from, to] = between[name].map((kind) => row.milestones.find((it) => it.kind === kind)?.occurredAt);
  return from && to ? duration(Date.parse(to) - Date.parse(from)) : '–';
}

const weekdays = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];

/** When incidents begin: a table, whose cells are shaded. */
function Heatmap({ cells }: { cells: Result['heatmap'] }) {
  const counts = new Map(cells.map((cell) => [cell.weekday * 24 + cell.hour, cell.count]));
  const max = Math.max(1, ...cells.map((cell) => cell.count));
  const at = (weekday: number, hour: number): number => counts.get((weekday + 1) * 24 + hour) ?? 0;
  const hours = Array.from({ length: 24 }, (_, hour) => hour);
  return (
    <figure class="chart" aria-labelledby="heatmap-title">
      <figcaption>
        <h2 id="heatmap-title">When incidents begin</h2>
        <span class="muted small-text">by the wall clock of {zone.value.replaceAll('_', ' ')}</span>
        <span class="chart-tools">
          <IconButton icon="download" label="When incidents begin: download as CSV" onClick={() => downloadCsv('incident-heatmap', toCsv([['weekday', 'hour', 'count'], ...weekdays.flatMap((name, weekday) => hours.map((hour) => [name, hour, at(weekday, hour)]))]))} />
        </span>
      </figcaption>
      <div class="table-scroll" tabIndex={0}>
        <table class="heatmap">
          <thead>
            <tr>
              <td />
              {hours.map((hour) => (
                <th key={hour} scope="col">
                  {hour}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {weekdays.map((name, weekday) => (
              <tr key={name}>
                <th scope="row">{name.slice(0, 3)}</th>
                {hours.map((hour) => {
                  const count = at(weekday, hour);
                  return (
                    <td key={hour} class={count === 0 ? 'none' : `heat-${Math.max(1, Math.ceil(Math.sqrt(count / max) * 4))}`} title={`${name}, ${hour} to ${hour + 1} h: ${plural(count, 'incident')}`}>
                      {count || <span class="visually-hidden">0</span>}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </figure>
  );
}

function Groups({ title, name, groups, link }: { title: string; name: string; groups: readonly GroupFieldsFragment[]; link: (value: string | null) => () => void }) {
  const sorted = name === 'severity' ? groups : [...groups].sort((a, b) => b.incidentCount - a.incidentCount);
  const valueOf = (group: GroupFieldsFragment): string | null => group.dimensions[0]?.value ?? null;
  const columns = (group: GroupFieldsFragment): (number | null)[] => [group.incidentCount, group.timeToAcknowledge.medianSeconds, group.timeToResolve.medianSeconds, group.timeToResolve.p90Seconds, group.reopenRate.rate];
  return (
    <figure class="chart" aria-labelledby={`by-${name}`}>
      <figcaption>
        <h2 id={`by-${name}`}>{title}</h2>
        <span class="chart-tools">
          <IconButton icon="download" label={`${title}: download as CSV`} onClick={() => downloadCsv(`incidents-by-${name}`, toCsv([[name, 'incidents', 'mtta_median_seconds', 'mttr_median_seconds', 'mttr_p90_seconds', 'reopen_rate'], ...sorted.map((group) => [valueOf(group) ?? '', ...columns(group)])]))} />
        </span>
      </figcaption>
      <div class="table-scroll" tabIndex={0}>
        <table>
          <TableHead text={[capitalized(name)]} numbers={['Incidents', 'MTTA', 'MTTR', 'p90', 'Reopened']} />
          <tbody>
            {sorted.map((group) => {
              const value = valueOf(group);
              const severity = name === 'severity' ? severities.find((it) => it === value?.toUpperCase()) : undefined;
              return (
                <tr key={value}>
                  <th scope="row">
                    {value === null ? (
                      <span class="muted">none</span>
                    ) : (
                      <button type="button" class="link-plain" onClick={link(value)} title="Only these">
                        {severity ? <SeverityBadge severity={severity} /> : value}
                      </button>
                    )}
                  </th>
                  <td class="numeric">{group.incidentCount}</td>
                  {[group.timeToAcknowledge.medianSeconds, group.timeToResolve.medianSeconds, group.timeToResolve.p90Seconds].map((value, at) => (
                    <td key={at} class="numeric">
                      {value === null ? '–' : seconds(value)}
                    </td>
                  ))}
                  <td class="numeric">{group.reopenRate.rate ? `${Math.round(group.reopenRate.rate * 100)} %` : '–'}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </figure>
  );
}
