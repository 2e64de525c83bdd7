import { useSignal } from '@preact/signals';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { href } from '../base.ts';
import { IncidentByNumber, IncidentExecutions, IncidentRef, SetMilestone, TimelineVerification, type ExecutionRowFragment, type IncidentStatus, type TimelineProblem } from '../generated/operations.ts';
import { errorText, mutate, query } from '../graphql.ts';
import { live } from '../live.ts';
import { listPath, navigate, replace, restoreScroll } from '../router.ts';
import { mayWrite } from '../session.ts';
import { useKeys } from '../shortcuts.ts';
import { epoch, feedReady, incident as known, incidentByNumber as knownByNumber, onChange, pin, put, readWithChanges, update, type Incident } from '../store.ts';
import { clock, duration, fromWallClock, full, isoDay, now, relative, toWallClock, when, zone, zoneLabel } from '../time.ts';
import { Icon, StatusIcon } from '../ui/icons.tsx';
import { Markdown } from '../ui/markdown.tsx';
import { Breadcrumb, Button, closeDialog, copy, Dialog, dialog, DrillBadge, EmptyPage, faultOf, Field, FormError, ExecutionBadge, Failure, Loading, Menu, showToast, SeverityBadge, StatusBadge, Time, useSubmission } from '../ui/widgets.tsx';
import { isUnfinished, labelsOf, plural, severities, severityWord, statusWord, transitionWord } from '../words.ts';
import { assign, changeOrSay, editIncident, incidentHref, transition } from './incident-actions.tsx';
import { knownOwners } from './incidents.tsx';
import { startRunbook, useRunbookName } from './runbook-start.tsx';
import { TimelineModel } from './timeline-model.ts';
import { Composer, eventText, Timeline } from './timeline.tsx';

const FIRST_EVENTS = 60;
const RETRY_DELAY = 5_000;

type State = { kind: 'loading' } | { kind: 'missing' } | { kind: 'failed'; error: unknown } | { kind: 'ready'; id: string; model: TimelineModel };

export function IncidentPage({ reference }: { reference: string }) {
  const state = useSignal<State>({ kind: 'loading' });
  const executions = useSignal<readonly ExecutionRowFragment[]>([]);
  const number = /^\d{1,9}$/.test(reference) ? Number(reference) : null;
  const generation = epoch.value;
  const gone = useRef(false);
  const again = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const readExecutions = useRef<() => void>(() => undefined);

  const load = async (): Promise<void> => {
    clearTimeout(again.current);
    try {
      await feedReady();
      if (number === null) {
        const { incident } = /^[0-9a-f-]{36}$/i.test(reference) ? await query(IncidentRef, { id: reference }) : { incident: null };
        if (gone.current) return;
        if (incident) replace(`incidents/${incident.number}`);
        else state.value = { kind: 'missing' };
        return;
      }
      const { answer, changes } = await readWithChanges(() => query(IncidentByNumber, { number, last: FIRST_EVENTS }));
      if (gone.current) return;
      const found = answer.incidentByNumber;
      if (!found) {
        state.value = { kind: 'missing' };
        return;
      }
      const { timeline, runbookExecutions, ...fields } = found;
      pin('page', [found.id]);
      put(fields);
      const before = state.peek();
      const model = before.kind === 'ready' && before.id === found.id ? before.model : new TimelineModel(found.id);
      model.reload(timeline.nodes);
      executions.value = runbookExecutions.nodes;
      state.value = { kind: 'ready', id: found.id, model };
      for (const change of changes) {
        if (change.incident.id !== found.id) continue;
        update(change.incident);
        model.append(change.event);
        if (change.event.kind.startsWith('runbook_')) readExecutions.current();
      }
    } catch (error) {
      if (gone.current) return;
      if (state.peek().kind !== 'ready') state.value = { kind: 'failed', error };
      // What is shown may be incomplete, as after a lost cursor.
      else again.current = setTimeout(() => void load(), RETRY_DELAY);
    }
  };

  useEffect(() => {
    void load();
  }, [reference, generation]);
  useEffect(
    () => () => {
      gone.current = true;
      clearTimeout(again.current);
      pin('page', []);
      const last = state.peek();
      if (last.kind === 'ready') last.model.dispose();
    },
    [],
  );

  // The executions change with the events of runbooks.
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    readExecutions.current = () => {
      const current = state.peek();
      if (current.kind !== 'ready') return;
      timer ??= setTimeout(() => {
        timer = undefined;
        query(IncidentExecutions, { id: current.id }).then(
          ({ incident }) => incident && (executions.value = incident.runbookExecutions.nodes),
          // The next event of a runbook reads them again.
          () => undefined,
        );
      }, 400);
    };
    const stop = onChange((changed, event) => {
      const current = state.peek();
      if (current.kind === 'ready' && changed.id === current.id && event.kind.startsWith('runbook_')) readExecutions.current();
    });
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, []);

  const current = state.value;
  if (current.kind === 'ready' && known(current.id)) return <Loaded key={current.id} incident={known(current.id)!.value} model={current.model} executions={executions.value} />;
  if (current.kind === 'missing') {
    return (
      <EmptyPage title={number === null ? 'There is no such incident' : `There is no incident #${number}`} to="incidents">
        <p>It may belong to another account.</p>
      </EmptyPage>
    );
  }
  const preview = number === null ? undefined : knownByNumber(number)?.peek();
  return (
    <main id="main" class="page">
      {preview && (
        <header class="incident-header">
          <h1>
            <span class="number">#{preview.number}</span> {preview.title}
          </h1>
        </header>
      )}
      {current.kind === 'failed' ? <Failure error={current.error} what="the incident" onRetry={load} /> : <Loading what="the incident" />}
    </main>
  );
}

/** What most people do next. */
const nextStatus = (status: IncidentStatus): IncidentStatus | null =>
  ({ OPEN: 'ACKNOWLEDGED', ACKNOWLEDGED: 'MITIGATING', MITIGATING: 'RESOLVED', RESOLVED: 'CLOSED', CLOSED: null, CANCELLED: null, MERGED: null })[status] as IncidentStatus | null;

function Loaded({ incident, model, executions }: { incident: Incident; model: TimelineModel; executions: readonly ExecutionRowFragment[] }) {
  useEffect(() => {
    document.title = `#${incident.number} ${incident.title} · ${statusWord[incident.status]}`;
  }, [incident.number, incident.title, incident.status]);
  useLayoutEffect(() => restoreScroll(), []);

  const write = mayWrite();
  const next = nextStatus(incident.status);
  const owners = knownOwners();
  const can = (status: IncidentStatus): boolean => write && incident.availableTransitions.includes(status);
  useKeys({
    a: () => can('ACKNOWLEDGED') && transition(incident, 'ACKNOWLEDGED'),
    m: () => can('MITIGATING') && transition(incident, 'MITIGATING'),
    r: () => can('RESOLVED') && transition(incident, 'RESOLVED'),
    o: () => write && assign([incident], owners),
    e: () => write && editIncident(incident),
    n: () => document.getElementById('note')?.focus(),
    s: () => write && startRunbook(incident.id),
    y: () => copyMarkdown(incident, model),
    u: () => navigate(listPath),
  });

  const others = incident.availableTransitions.filter((status) => status !== next);
  const second: IncidentStatus | undefined = isUnfinished(incident.status) && next !== 'RESOLVED' ? 'RESOLVED' : undefined;
  return (
    <main id="main" class={`page incident severity-${incident.severity.toLowerCase()}`}>
      <header class="incident-header">
        <Breadcrumb of={[{ path: listPath, name: 'Incidents' }, { name: `#${incident.number}` }]} />
        <h1>{incident.title}</h1>
        <div class="at-a-glance">
          {incident.kind === 'DRILL' && <DrillBadge />}
          {write ? (
            <Menu
              label="Severity"
              kind="badge"
              align="start"
              items={severities.map((severity) => ({ label: <SeverityBadge severity={severity} />, checked: severity === incident.severity, onSelect: () => changeOrSay(incident, { severity }, `#${incident.number} is ${severityWord[severity].toLowerCase()}`) }))}
            >
              <SeverityBadge severity={incident.severity} />
              <Icon name="chevron" />
            </Menu>
          ) : (
            <SeverityBadge severity={incident.severity} />
          )}
          <StatusBadge status={incident.status} />
          <button type="button" class={incident.owner ? 'button badge' : 'button badge none'} disabled={!write} title="Change the owner (o)" onClick={() => assign([incident], owners)}>
            <Icon name="user" />
            {incident.owner ?? 'no owner'}
          </button>
          <span class="opened">
            <Icon name="clock" />
            <span>
              {isUnfinished(incident.status) ? <>open for <strong>{duration(now.value - Date.parse(incident.openedAt))}</strong></> : <>took <strong>{duration(Date.parse(incident.resolvedAt ?? incident.closedAt ?? incident.updatedAt) - Date.parse(incident.openedAt))}</strong></>}, since {when(incident.openedAt)}
            </span>
          </span>
        </div>
        {incident.mergedInto && <MergedInto id={incident.mergedInto} />}
        {/* Where there is one column, the details come after a timeline of any length. */}
        <p class="narrow-only">
          <button type="button" class="link" onClick={() => document.getElementById('details')?.scrollIntoView()}>
            Who did what when, runbooks, labels
          </button>
        </p>
      </header>
      <div class="incident-actions" role="toolbar" aria-label="Actions">
        {write && next && incident.availableTransitions.includes(next) && (
          <Button kind="primary" icon={next === 'ACKNOWLEDGED' ? 'check' : undefined!} onClick={() => transition(incident, next)} hint={{ ACKNOWLEDGED: 'a', MITIGATING: 'm', RESOLVED: 'r' }[next as string]}>
            {transitionWord(next, incident.status)}
          </Button>
        )}
        {write && second && incident.availableTransitions.includes(second) && (
          <Button onClick={() => transition(incident, second)} hint="r">
            {transitionWord(second, incident.status)}
          </Button>
        )}
        {write && !next && incident.availableTransitions.includes('OPEN') && <Button onClick={() => transition(incident, 'OPEN')}>Reopen</Button>}
        {write && (
          <Button icon="play" onClick={() => startRunbook(incident.id)} hint="s" title="Start a runbook">
            <span class="wide-only">Runbook</span>
          </Button>
        )}
        <Menu
          label="More actions"
          icon="more"
          items={[
            ...(write
              ? others
                  .filter((status) => status !== second && !(status === 'OPEN' && !next))
                  .map((status) => ({ label: transitionWord(status, incident.status), icon: status === 'MERGED' ? ('merge' as const) : ('branch' as const), danger: status === 'CANCELLED', onSelect: () => transition(incident, status) }))
              : []),
            write && { label: 'Edit…', icon: 'edit', hint: 'e', onSelect: () => editIncident(incident) },
            write && { label: 'Change the owner…', icon: 'user', hint: 'o', onSelect: () => assign([incident], owners) },
            { label: 'Copy the timeline as Markdown', icon: 'copy', hint: 'y', onSelect: () => copyMarkdown(incident, model) },
            { label: 'Copy the link', icon: 'copy', onSelect: () => copy(new URL(incidentHref(incident.number), location.href).href, 'The link is') },
            { label: 'Verify the timeline', icon: 'shield', onSelect: () => verify(incident) },
          ]}
        />
      </div>
      <div class="columns">
        <div class="column-main">
          {incident.summary ? (
            <section class="summary" aria-label="Summary">
              <Markdown text={incident.summary} />
            </section>
          ) : null}
          {write && <Composer model={model} />}
          <Timeline model={model} number={incident.number} />
        </div>
        <aside class="column-side" id="details" aria-label="Details">
          <StatusHistory incident={incident} model={model} />
          <Milestones incident={incident} />
          <section>
            <h2>Runbooks</h2>
            {executions.length === 0 && <p class="muted">None was started.</p>}
            <ul class="plain-list">
              {executions.map((execution) => (
                <ExecutionLine key={execution.id} execution={execution} />
              ))}
            </ul>
          </section>
          <section>
            <h2>Affected services</h2>
            {incident.services.length === 0 ? (
              <p class="muted">None named.</p>
            ) : (
              <p class="facts">
                {incident.services.map((service) => (
                  <a key={service} class="tag" href={href(`incidents?service=${encodeURIComponent(service)}`)}>
                    {service}
                  </a>
                ))}
              </p>
            )}
          </section>
          {labelsOf(incident.labels).length > 0 && (
            <section>
              <h2>Labels</h2>
              <p class="facts">
                {labelsOf(incident.labels).map(([name, label]) => (
                  <a key={name} class="tag" href={href(`incidents?view=all&label=${encodeURIComponent(`${name}:${label}`)}`)}>
                    {name} <b>{label}</b>
                  </a>
                ))}
              </p>
            </section>
          )}
          <section>
            <h2>Origin</h2>
            <dl class="pairs">
              <dt>Opened by</dt>
              <dd>{incident.openedBy ?? 'unknown'}</dd>
              {incident.dedupKey && (
                <>
                  <dt>Key</dt>
                  <dd>
                    <code>{incident.dedupKey}</code>
                  </dd>
                </>
              )}
              {incident.occurrences > 1 && (
                <>
                  <dt>Reported</dt>
                  <dd>{plural(incident.occurrences, 'time')}</dd>
                </>
              )}
              {(incident.reopenCount ?? 0) > 0 && (
                <>
                  <dt>Reopened</dt>
                  <dd>{plural(incident.reopenCount!, 'time')}</dd>
                </>
              )}
              <dt>Changed</dt>
              <dd>
                <Time at={incident.updatedAt} both />
              </dd>
            </dl>
          </section>
        </aside>
      </div>
    </main>
  );
}

function ExecutionLine({ execution }: { execution: ExecutionRowFragment }) {
  const name = useRunbookName(execution.runbookId);
  return (
    <li class="execution-line">
      <a href={href(`executions/${execution.id}`)}>{name}</a>
      <ExecutionBadge status={execution.status} />
      <span class="muted small-text">
        {execution.startedBy}, {relative(execution.startedAt)}
      </span>
    </li>
  );
}

function MergedInto({ id }: { id: string }) {
  const target = useSignal<{ number: number; title: string } | null>(null);
  useEffect(() => {
    query(IncidentRef, { id }).then(
      ({ incident }) => (target.value = incident ?? null),
      // The status and the timeline say that it was merged; only the link is missing.
      () => undefined,
    );
  }, [id]);
  if (!target.value) return null;
  return (
    <p class="banner">
      <Icon name="merge" />
      <span>
        This continues in <a href={incidentHref(target.value.number)}>#{target.value.number} {target.value.title}</a>
      </span>
    </p>
  );
}

type Milestone = NonNullable<Incident['milestones']>[number];

const milestoneWord: Record<Milestone['kind'], string> = { STARTED: 'Started', DETECTED: 'Detected', DECLARED: 'Declared', ACKNOWLEDGED: 'Acknowledged', MITIGATED: 'Mitigated', RESOLVED: 'Resolved' };

function Milestones({ incident }: { incident: Incident }) {
  const milestones = incident.milestones ?? [];
  const start = milestones.find((it) => it.kind === 'STARTED');
  const started = Date.parse(start?.occurredAt ?? incident.openedAt);
  const ended = incident.closedAt;
  return (
    <section>
      <h2>When</h2>
      <dl class="milestones">
        {milestones.map((milestone) => (
          <div key={milestone.kind}>
            <dt>{milestoneWord[milestone.kind]}</dt>
            <dd>
              <span class="milestone-time">
                <time dateTime={milestone.occurredAt} title={`${full(milestone.occurredAt)}, ${milestone.source === 'SYSTEM' ? 'derived' : `by ${milestone.actor}`}`}>
                  {when(milestone.occurredAt)}
                </time>
                {mayWrite() && milestone.kind !== 'DECLARED' && (
                  <button type="button" class="icon-button tiny" title="Correct it" aria-label={`Correct: ${milestoneWord[milestone.kind]}`} onClick={() => (dialog.value = <MilestoneDialog incident={incident} milestone={milestone} />)}>
                    <Icon name="edit" />
                  </button>
                )}
              </span>
              <span class="ago">
                {milestone.kind === 'STARTED' ? relative(milestone.occurredAt) : `after ${duration(Date.parse(milestone.occurredAt) - started)}`}
                {milestone.source !== 'SYSTEM' && `, by ${milestone.actor}`}
                {milestone.reason && ` · ${milestone.reason}`}
              </span>
            </dd>
          </div>
        ))}
        {ended && (
          <div>
            <dt>{incident.status === 'CANCELLED' ? 'Cancelled' : incident.status === 'MERGED' ? 'Merged' : 'Closed'}</dt>
            <dd>
              <time dateTime={ended} title={full(ended)}>
                {when(ended)}
              </time>
              <span class="ago">after {duration(Date.parse(ended) - started)}</span>
            </dd>
          </div>
        )}
      </dl>
      <p class="muted small-text">
        Times in {zone.value.replaceAll('_', ' ')} ({zoneLabel(zone.value, started)})
      </p>
    </section>
  );
}

function MilestoneDialog({ incident, milestone }: { incident: Incident; milestone: Milestone }) {
  const known = toWallClock(milestone.occurredAt);
  const [at, setAt] = useState(known);
  const [reason, setReason] = useState('');
  const title = `When was it ${milestoneWord[milestone.kind].toLowerCase()}?`;
  const { error, submit: send } = useSubmission(title);
  const submit = () =>
    send(async () => {
      // The field has no seconds: a time that was not touched stays as it is.
      const { setMilestone } = await mutate(SetMilestone, { incidentId: incident.id, kind: milestone.kind, occurredAt: at === known ? milestone.occurredAt : fromWallClock(at).toISOString(), reason: reason.trim() });
      put(setMilestone);
      showToast(`${milestoneWord[milestone.kind]} is corrected`);
    });
  return (
    <Dialog title={title} onClose={closeDialog}>
      <form onSubmit={(event) => event.preventDefault()}>
        <Field label={`Time (${zoneLabel(zone.value, Date.parse(milestone.occurredAt))})`} hint={`Now it says ${full(milestone.occurredAt)}.`} fault={faultOf(error, 'occurredAt')}>
          {(attributes) => <input {...attributes} type="datetime-local" autofocus required value={at} max={toWallClock(Date.now())} onInput={(event) => setAt(event.currentTarget.value)} />}
        </Field>
        <Field label="Why this time is right" hint="Shown in the timeline, with the former time." fault={faultOf(error, 'reason')}>
          {(attributes) => <input {...attributes} type="text" required maxLength={2000} value={reason} onInput={(event) => setReason(event.currentTarget.value)} />}
        </Field>
        <FormError error={error} fields={['occurredAt', 'reason']} />
        <footer>
          <Button onClick={closeDialog}>Not now</Button>
          <Button kind="primary" disabled={!at || !reason.trim()} onClick={submit}>
            Correct
          </Button>
        </footer>
      </form>
    </Dialog>
  );
}

interface Span {
  readonly status: IncidentStatus;
  readonly from: number;
  readonly to: number;
  readonly by: string;
}

/** Of how many events at most all are read to show which status the incident had when. */
const MAX_HISTORY = 2_000;

/** Which status the incident had when. */
function StatusHistory({ incident, model }: { incident: Incident; model: TimelineModel }) {
  const [complete, setComplete] = useState(false);
  const revision = model.revision.value;
  const isShort = model.head.value <= MAX_HISTORY;
  const generation = epoch.value;
  const isLive = live.value.kind === 'live';
  useEffect(() => {
    let active = true;
    // Where they cannot be read the strip is left out, until they are read when the connection is back.
    if (isShort) model.all(MAX_HISTORY).then(() => active && setComplete(true), () => undefined);
    return () => {
      active = false;
    };
  }, [isShort, isLive, generation]);
  const events = useMemo(() => (complete && isShort ? [...model.statusChanges.values()].sort((a, b) => a.seq - b.seq) : null), [complete, isShort, revision]);
  const end = isUnfinished(incident.status) ? now.value : Date.parse(incident.closedAt ?? incident.resolvedAt ?? incident.updatedAt);
  const spans = useMemo(() => {
    const start = Date.parse(incident.openedAt);
    const all: Span[] = [];
    let status: IncidentStatus = 'OPEN';
    let from = start;
    let by = incident.openedBy ?? '';
    for (const event of events ?? []) {
      const to = Math.max(from, Date.parse(event.occurredAt));
      all.push({ status, from, to, by });
      const next = String((event.data as { to?: unknown } | null)?.to ?? '').toUpperCase() as IncidentStatus;
      if (!(next in statusWord)) continue;
      status = next;
      from = to;
      by = event.actor;
    }
    all.push({ status, from, to: Math.max(from, end), by });
    return all.filter((span) => span.to > span.from || span === all.at(-1));
  }, [events, incident.version, end]);
  if (!events) return null;
  const total = Math.max(1, spans.at(-1)!.to - spans[0]!.from);
  return (
    <section class="strip-section">
      <h2>Status over time</h2>
      <ol class="strip" aria-label="Status over time">
        {spans.map((span) => (
          <li key={`${span.status}${span.from}`} class={`status-${span.status.toLowerCase()}`} style={{ flexGrow: Math.max(0.02, (span.to - span.from) / total) }} title={`${statusWord[span.status]}: ${duration(span.to - span.from)}, from ${when(span.from)}, by ${span.by}`}>
            <StatusIcon status={span.status} />
            <span class="visually-hidden">
              {statusWord[span.status]} for {duration(span.to - span.from)}, from {full(span.from)}, by {span.by}
            </span>
          </li>
        ))}
      </ol>
      <p class="strip-ends" aria-hidden="true">
        <span>{when(spans[0]!.from)}</span>
        <span>{isUnfinished(incident.status) ? 'now' : when(end)}</span>
      </p>
    </section>
  );
}

const problemWord: Record<TimelineProblem, string> = {
  CHANGED: 'not as recorded',
  MISSING: 'missing',
  REDACTED_WITHOUT_EVENT: 'its text was removed, and nothing says by whom',
  OUT_OF_ORDER: 'not in its order in the feed',
  BACKDATED: 'recorded later than it claims',
  DIFFERS_FROM_ANCHOR: 'another one than a signed statement says',
};

async function verify(incident: Incident): Promise<void> {
  try {
    const { incident: found } = await query(TimelineVerification, { id: incident.id });
    const result = found?.timelineVerification;
    if (!result) return;
    // Another dialog, which was opened meanwhile, stays.
    if (dialog.peek()) {
      showToast(result.intact ? `The timeline of #${incident.number} is intact` : `The timeline of #${incident.number} is not intact`, result.intact ? 'done' : 'error');
      return;
    }
    dialog.value = (
      <Dialog title={`Timeline of #${incident.number}`} onClose={closeDialog}>
        <p class={result.intact ? 'verdict good' : 'verdict bad'}>
          <Icon name={result.intact ? 'shield' : 'warning'} />
          {result.intact ? `Intact: ${plural(result.events, 'event is', 'events are')} as recorded, and none is missing.` : `Not intact${result.firstBrokenSeq === null ? '' : ` from event ${result.firstBrokenSeq} on`}: somebody changed it outside of the service.`}
        </p>
        {result.findings.length > 0 && (
          <ul class="findings">
            {result.findings.map((finding) => (
              <li key={finding.seq}>
                Event {finding.seq}: {problemWord[finding.problem]}
              </li>
            ))}
          </ul>
        )}
        <p class="muted">Recomputed in the database just now. A hash that is kept elsewhere proves all events up to it:</p>
        <pre class="hash" tabIndex={0}>{result.headHash}</pre>
        <footer>
          <Button icon="copy" onClick={() => copy(result.headHash ?? '', 'The hash is')}>
            Copy the hash
          </Button>
          <Button kind="primary" onClick={closeDialog}>
            Close
          </Button>
        </footer>
      </Dialog>
    );
  } catch (error) {
    showToast(errorText(error), 'error');
  }
}

const MAX_COPIED = 5_000;

async function copyMarkdown(incident: Incident, model: TimelineModel): Promise<void> {
  try {
    await copy(asMarkdown(incident, model), 'The timeline is');
  } catch (error) {
    showToast(errorText(error), 'error');
  }
}

/** The incident and its timeline, to paste into a postmortem. */
async function asMarkdown(incident: Incident, model: TimelineModel): Promise<string> {
  const events = await model.all(MAX_COPIED);
  const inline = (value: string): string => value.replaceAll('|', '\\|').replace(/\s*\n\s*/g, ' ');
  const lines = [
    `# #${incident.number} ${incident.title}`,
    '',
    ...(incident.kind === 'DRILL' ? ['- This is a drill, an exercise'] : []),
    `- Severity: ${severityWord[incident.severity]}`,
    `- Status: ${statusWord[incident.status]}`,
    `- Owner: ${incident.owner ?? 'none'}`,
    ...(incident.services.length ? [`- Affected services: ${incident.services.join(', ')}`] : []),
    `- Opened: ${full(incident.openedAt)}`,
    ...(incident.acknowledgedAt ? [`- Acknowledged: ${full(incident.acknowledgedAt)}`] : []),
    ...(incident.resolvedAt ? [`- Resolved: ${full(incident.resolvedAt)}`] : []),
    ...(incident.summary ? ['', incident.summary] : []),
    '',
    `## Timeline (${zone.value})`,
    '',
    ...(model.head.value > events.length ? [`The newest ${plural(events.length, 'event')} of ${model.head.value.toLocaleString('en')}.`, ''] : []),
    '| Time | Who | What |',
    '| --- | --- | --- |',
    ...events.map((event) => `| ${isoDay(event.occurredAt)} ${clock(event.occurredAt)} | ${inline(event.actor)} | ${inline(eventText(event))} |`),
    '',
  ];
  return lines.join('\n');
}
