import { signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { memo } from 'preact/compat';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { href } from '../base.ts';
import { keepDraft, readDraft } from '../drafts.ts';
import { AddTimelineEvent, CorrectTimelineEvent, RedactTimelineEvent, type IncidentStatus, type RunbookExecutionStatus, type RunbookStepStatus, type Severity } from '../generated/operations.ts';
import { ApiError, errorText, mutate } from '../graphql.ts';
import { live } from '../live.ts';
import { mayAdminister, mayWrite } from '../session.ts';
import type { TimelineEvent } from '../store.ts';
import { clockSeconds, day, duration, fromWallClock, full, isoDay, now, relative, toWallClock, when, zoneLabel } from '../time.ts';
import { Icon, type IconName } from '../ui/icons.tsx';
import { Markdown } from '../ui/markdown.tsx';
import { announce, Button, closeDialog, Dialog, dialog, ExecutionBadge, faultOf, Field, FormError, showToast, SeverityBadge, StatusBadge, StepBadge, useSubmission } from '../ui/widgets.tsx';
import { VirtualList } from '../ui/virtual.tsx';
import { capitalized, plain, plural, severities, statuses } from '../words.ts';
import { startRunbook } from './runbook-start.tsx';
import { groupOf, groups, groupWord, type TimelineModel } from './timeline-model.ts';

export function Timeline({ model, number }: { model: TimelineModel; number: number }) {
  const shown = model.shown.value;
  const filtered = shown.size > 0;
  const matching = model.matching.value;
  const head = model.head.value;
  void model.revision.value;
  const count = filtered ? matching.length : head;
  const seqAt = (index: number): number => (filtered ? matching[index]! : head - index);
  const missed = useRef(signal(0)).current;
  const section = useRef<HTMLElement>(null);

  useEffect(() => {
    model.onEvent = (event) => {
      announce(`${event.actor}: ${eventText(event)}`);
      if ((section.current?.getBoundingClientRect().top ?? 0) < 0) missed.value++;
    };
    const onScroll = (): void => {
      if (missed.value > 0 && (section.current?.getBoundingClientRect().top ?? 0) >= 0) missed.value = 0;
    };
    addEventListener('scroll', onScroll, { passive: true });
    return () => removeEventListener('scroll', onScroll);
  }, [model]);

  // A search that failed goes on when the connection is back.
  const failure = model.searchFailure.value;
  const isLive = live.value.kind === 'live';
  useEffect(() => {
    if (!(failure instanceof ApiError && failure.code === 'unreachable') || !isLive) return undefined;
    const timer = setTimeout(() => void model.search(), 1_000);
    return () => clearTimeout(timer);
  }, [failure, isLive]);

  return (
    <section ref={section} class="timeline" aria-labelledby="timeline-heading">
      <header class="section-head">
        <h2 id="timeline-heading">
          Timeline <span class="count">{head.toLocaleString('en')}</span>
        </h2>
        <div class="segments small" role="group" aria-label="Kinds of events">
          <button type="button" aria-pressed={!filtered} onClick={() => void model.filter(new Set())}>
            All
          </button>
          {groups.map((group) => (
            <button
              key={group}
              type="button"
              aria-pressed={shown.has(group)}
              onClick={() => {
                const next = new Set(shown);
                if (!next.delete(group)) next.add(group);
                void model.filter(next);
              }}
            >
              {groupWord[group]}
            </button>
          ))}
        </div>
      </header>
      {missed.value > 0 && (
        <div class="pending shown timeline-pending">
          <button
            type="button"
            class="button primary small"
            onClick={() => {
              missed.value = 0;
              section.current?.scrollIntoView({ block: 'start' });
            }}
          >
            {missed.value} new
          </button>
        </div>
      )}
      {filtered && model.searchFailure.value ? (
        <p class="form-error" role="alert">
          <Icon name="warning" />
          <span>
            Older events could not be read: {errorText(model.searchFailure.value)}.{' '}
            <button type="button" class="link" onClick={() => void model.search()}>
              Try again
            </button>
          </span>
        </p>
      ) : null}
      {filtered && model.searchedTo.value > 1 && <p class="muted small-text">Looked at {(head - model.searchedTo.value + 1).toLocaleString('en')} of {plural(head, 'event')}…</p>}
      {filtered && model.searchedTo.value <= 1 && count === 0 && <p class="muted">No event of this kind.</p>}
      <VirtualList
        count={count}
        estimate={58}
        itemKey={seqAt}
        item={(index) => <EventItem model={model} seq={seqAt(index)} incidentNumber={number} revision={model.revision.value} />}
        role="log"
        label={`Timeline of incident ${number}, newest first`}
        onRange={(first, last) => {
          if (count > 0) void model.ensure(seqAt(Math.min(count, last) - 1) - 20, seqAt(Math.min(count - 1, first)) + 20);
        }}
      />
    </section>
  );
}

const EventItem = memo(
  function EventItem({ model, seq, incidentNumber }: { model: TimelineModel; seq: number; incidentNumber: number; revision: number }) {
    const event = model.event(seq);
    if (!event) {
      return (
        <article class="event loading-event" aria-busy="true">
          <span class="event-time">#{seq}</span>
          <span class="muted">Loading…</span>
        </article>
      );
    }
    return <EventView model={model} event={event} incidentNumber={incidentNumber} correction={model.correctedBy.get(seq)} redaction={model.redactedBy.get(seq)} />;
  },
  (a, b) => a.seq === b.seq && a.model === b.model && a.revision === b.revision,
);

const eventIcons: Record<string, IconName> = {
  opened: 'flame',
  repeated: 'retry',
  status_changed: 'branch',
  severity_changed: 'warning',
  owner_changed: 'user',
  edited: 'edit',
  note: 'note',
  corrected: 'edit',
  redacted: 'erase',
  merged_from: 'merge',
  milestone_set: 'clock',
};

interface EventProps {
  model: TimelineModel;
  event: TimelineEvent;
  incidentNumber: number;
  correction: TimelineEvent | undefined;
  redaction: TimelineEvent | undefined;
}

function EventView({ model, event, correction, redaction }: EventProps) {
  const at = event.occurredAt;
  const sameDay = isoDay(at) === isoDay(now.value);
  const late = Date.parse(event.recordedAt) - Date.parse(at);
  const group = groupOf(event.kind);
  const icon = eventIcons[event.kind] ?? (group === 'runbooks' ? 'book' : 'bolt');
  const writable = !event.redacted && event.message !== null && (group === 'notes' || group === 'other') && event.kind !== 'redacted';
  return (
    <article class={`event event-${group}`} id={`event-${event.seq}`} aria-label={`${event.seq}. ${event.actor}, ${full(at)}`}>
      <span class="event-icon">
        <Icon name={icon} />
      </span>
      <div class="event-body">
        <p class="event-line">
          <strong class="actor">{event.actor}</strong> <Headline event={event} />
          <span class="event-when">
            <time dateTime={at} title={full(at)}>
              {sameDay ? clockSeconds(at) : `${day(at)}, ${clockSeconds(at)}`}
            </time>{' '}
            <span class="ago">· {relative(at)}</span>
            {late > 60_000 && <span class="ago" title={`Recorded ${full(event.recordedAt)}`}> · recorded {duration(late)} later</span>}
          </span>
        </p>
        {event.redacted ? (
          <p class="redacted">
            The text was removed{redaction ? <> by {redaction.actor}, {when(redaction.occurredAt)}{redaction.message ? `: ${redaction.message}` : ''}</> : null}. Its hash still proves the rest.
          </p>
        ) : (
          <>
            {correction && (
              <div class="correction">
                <Markdown text={correction.message ?? ''} />
                <p class="muted small-text">
                  Corrected by {correction.actor}, {when(correction.occurredAt)}
                </p>
              </div>
            )}
            {correction ? (
              <details class="original">
                <summary>As first written</summary>
                <Body event={event} />
              </details>
            ) : (
              <Body event={event} />
            )}
          </>
        )}
        {writable && mayWrite() && (
          <span class="event-actions">
            <button type="button" class="link" onClick={() => (dialog.value = <CorrectDialog model={model} event={event} correction={correction} />)}>
              Correct
            </button>
            {mayAdminister() && (
              <button type="button" class="link" onClick={() => (dialog.value = <RedactDialog model={model} event={event} />)}>
                Redact
              </button>
            )}
          </span>
        )}
      </div>
    </article>
  );
}

type Data = Record<string, unknown>;

const dataOf = (event: TimelineEvent): Data => (event.data && typeof event.data === 'object' && !Array.isArray(event.data) ? (event.data as Data) : {});
const text = (value: unknown): string => (value === null || value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value));

const asStatus = (value: unknown): IncidentStatus | null => statuses.find((it) => it === text(value).toUpperCase()) ?? null;
const asSeverity = (value: unknown): Severity | null => severities.find((it) => it === text(value).toUpperCase()) ?? null;

const numberOf = (value: unknown): number | null => {
  const number = (value as { number?: unknown } | null | undefined)?.number;
  return typeof number === 'number' ? number : null;
};

function Arrow() {
  return (
    <span class="arrow">
      <span aria-hidden="true">→</span>
      <span class="visually-hidden"> to </span>
    </span>
  );
}

/** What happened, in a line after the actor's name. */
function Headline({ event }: { event: TimelineEvent }) {
  const data = dataOf(event);
  const execution = text(data.execution_id);
  const runbook = <em class="name">{text(data.runbook_name) || 'a runbook'}</em>;
  const link = (content: ComponentChildren) => (/^[0-9a-f-]{36}$/.test(execution) ? <a href={href(`executions/${execution}`)}>{content}</a> : content);
  switch (event.kind) {
    case 'opened':
      return <>opened the incident</>;
    case 'repeated':
      return <>reported it again{typeof data.occurrences === 'number' ? `, ${plural(data.occurrences, 'time')} in all` : ''}</>;
    case 'status_changed': {
      const from = asStatus(data.from);
      const to = asStatus(data.to);
      const into = numberOf(data.into);
      return (
        <>
          {from && <StatusBadge status={from} />}
          <Arrow />
          {to ? <StatusBadge status={to} /> : 'another status'}
          {into && <a href={href(`incidents/${into}`)}> #{into}</a>}
        </>
      );
    }
    case 'severity_changed': {
      const from = asSeverity(data.from);
      const to = asSeverity(data.to);
      return (
        <>
          {from && <SeverityBadge severity={from} />}
          <Arrow />
          {to && <SeverityBadge severity={to} />}
        </>
      );
    }
    case 'owner_changed':
      return data.to ? (
        <>
          made <strong>{text(data.to)}</strong> the owner{data.from ? <span class="muted"> (before: {text(data.from)})</span> : null}
        </>
      ) : (
        <>removed the owner{data.from ? ` ${text(data.from)}` : ''}</>
      );
    case 'edited':
      return <>changed {Object.keys(data).join(', ') || 'fields'}</>;
    case 'note':
      return data.execution_id ? <span class="muted">noted, in {link(runbook)}</span> : null;
    case 'corrected':
      return <span class="muted">corrected event {event.supersedes}</span>;
    case 'redacted':
      return <span class="muted">removed the text of event {event.supersedes}</span>;
    case 'merged_from':
      return (
        <>
          merged {numberOf(data) ? <a href={href(`incidents/${numberOf(data)}`)}>#{numberOf(data)}</a> : 'another incident'} into this one{data.title ? <>: {text(data.title)}</> : null}
        </>
      );
    case 'milestone_set':
      return (
        <>
          corrected when it was {text(data.milestone ?? data.kind) || 'something'}
          {data.from ? <>: {when(text(data.from))}<Arrow /></> : ': '}
          {data.to ? when(text(data.to)) : null}
        </>
      );
    case 'runbook_started':
      return <>started {link(runbook)}</>;
    case 'runbook_suggested':
      return <>suggests the runbook {runbook}</>;
    case 'runbook_step':
      return (
        <>
          {link(<em class="name">{text(data.title)}</em>)} <StepBadge status={(text(data.status).toUpperCase() as RunbookStepStatus) || 'PENDING'} />
        </>
      );
    case 'runbook_decision':
      return (
        <>
          {text(data.verdict) === 'approve' ? 'approved' : 'rejected'} {link(<em class="name">{text(data.title)}</em>)}
        </>
      );
    case 'runbook_finished':
      return (
        <>
          {link(runbook)} <ExecutionBadge status={(text(data.status).toUpperCase() as RunbookExecutionStatus) || 'SUCCEEDED'} />
        </>
      );
    default:
      return <code class="kind">{event.kind}</code>;
  }
}

function Body({ event }: { event: TimelineEvent }) {
  const data = dataOf(event);
  switch (event.kind) {
    case 'edited':
      return (
        <dl class="edits">
          {Object.entries(data).map(([field, change]) => {
            const { from, to } = (change ?? {}) as { from?: unknown; to?: unknown };
            return (
              <div key={field}>
                <dt>{capitalized(field)}</dt>
                <dd>
                  {from !== null && from !== undefined && <del>{shorten(text(from))}</del>} <ins>{shorten(text(to)) || 'empty'}</ins>
                </dd>
              </div>
            );
          })}
        </dl>
      );
    case 'runbook_step':
      return (
        <>
          {data.note ? <Markdown text={text(data.note)} /> : null}
          {data.error ? <p class="fault">{text(data.error)}</p> : null}
          <Evidence data={data} skip={['execution_id', 'runbook_id', 'runbook_key', 'runbook_name', 'runbook_version', 'step', 'title', 'kind', 'status', 'note', 'error']} />
        </>
      );
    case 'runbook_suggested':
      return (
        <>
          {data.not_started_because ? <p class="fault">{text(data.not_started_because)}</p> : null}
          {mayWrite() && (
            <Button small icon="play" onClick={() => startRunbook(event.incidentId, text(data.runbook_id))}>
              Start it…
            </Button>
          )}
        </>
      );
    case 'runbook_started':
    case 'runbook_finished':
      return data.reason ? <p>{text(data.reason)}</p> : null;
    case 'status_changed':
    case 'severity_changed':
    case 'owner_changed':
    case 'runbook_decision':
      return event.message ? <Markdown text={event.message} /> : null;
    case 'redacted':
      return event.message ? <p>{event.message}</p> : null;
    default:
      return (
        <>
          {event.message ? <Markdown text={event.message} /> : null}
          {data.execution_id === undefined && event.data !== null && event.data !== undefined && event.kind !== 'opened' && event.kind !== 'merged_from' && <Evidence data={event.data} skip={[]} />}
        </>
      );
  }
}

const shorten = (value: string): string => (value.length > 300 ? `${value.slice(0, 300)}…` : value);

function Evidence({ data, skip }: { data: unknown; skip: readonly string[] }) {
  const rest = data && typeof data === 'object' && !Array.isArray(data) ? Object.fromEntries(Object.entries(data).filter(([name]) => !skip.includes(name))) : data;
  if (rest && typeof rest === 'object' && Object.keys(rest).length === 0) return null;
  const flat = rest && typeof rest === 'object' && !Array.isArray(rest) && Object.values(rest).every((value) => typeof value !== 'object') && Object.keys(rest).length <= 4 && JSON.stringify(rest).length < 160;
  if (flat) {
    return (
      <p class="facts">
        {Object.entries(rest as Data).map(([name, value]) => (
          <span key={name} class="tag">
            {name === 'duration_ms' ? 'took' : plain(name)} <b>{name === 'duration_ms' ? duration(Number(value)) : text(value)}</b>
          </span>
        ))}
      </p>
    );
  }
  return (
    <details class="evidence">
      <summary>Data</summary>
      <pre tabIndex={0}>{JSON.stringify(rest, null, 2)}</pre>
    </details>
  );
}

/** An event in words, for screen readers and for Markdown. */
export function eventText(event: TimelineEvent): string {
  const data = dataOf(event);
  const message = event.redacted ? '(the text was removed)' : (event.message ?? '');
  switch (event.kind) {
    case 'opened':
      return 'opened the incident';
    case 'repeated':
      return `reported it again${message ? `: ${message}` : ''}`;
    case 'status_changed':
      return `${text(data.from)} → ${text(data.to)}${message ? `: ${message}` : ''}`;
    case 'severity_changed':
      return `severity ${text(data.from)} → ${text(data.to)}`;
    case 'owner_changed':
      return data.to ? `made ${text(data.to)} the owner` : 'removed the owner';
    case 'edited':
      return `changed ${Object.keys(data).join(', ')}`;
    case 'corrected':
      return `corrected event ${event.supersedes}: ${message}`;
    case 'redacted':
      return `removed the text of event ${event.supersedes}${message ? `: ${message}` : ''}`;
    case 'runbook_started':
      return `started the runbook ${text(data.runbook_name)}`;
    case 'runbook_suggested':
      return `suggests the runbook ${text(data.runbook_name)}`;
    case 'runbook_decision':
      return `${text(data.verdict) === 'approve' ? 'approved' : 'rejected'} ${text(data.title)}${message ? `: ${message}` : ''}`;
    default:
      return message || plain(event.kind);
  }
}

/** Writes a note. The draft survives leaving the page, a reload and the end of the session. */
export function Composer({ model }: { model: TimelineModel }) {
  const [draft, setDraft] = useState(() => readDraft(model.incidentId) ?? '');
  /** What is in the field now, for an answer that arrives later. */
  const written = useRef(draft);
  const [occurred, setOccurred] = useState<string | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [sending, setSending] = useState(false);
  const area = useRef<HTMLTextAreaElement>(null);
  useLayoutEffect(() => {
    // Grows with the text.
    const element = area.current;
    if (!element) return;
    element.style.height = 'auto';
    element.style.height = `${Math.min(320, element.scrollHeight + 2)}px`;
  }, [draft]);
  const write = (next: string): void => {
    written.current = next;
    setDraft(next);
    keepDraft(model.incidentId, next || null);
  };
  const submit = async (): Promise<void> => {
    if (!draft.trim() || sending) return;
    setSending(true);
    setError(null);
    try {
      const { addTimelineEvent } = await mutate(AddTimelineEvent, { incidentId: model.incidentId, message: draft, occurredAt: occurred ? fromWallClock(occurred).toISOString() : null });
      model.append(addTimelineEvent);
      // What was written while it was being sent stays.
      if (written.current === draft) {
        write('');
        setOccurred(null);
      }
    } catch (refusal) {
      setError(refusal);
    } finally {
      setSending(false);
    }
  };
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <label for="note" class="visually-hidden">
        Note
      </label>
      <textarea
        ref={area}
        id="note"
        rows={1}
        maxLength={20000}
        placeholder="What did you see, try, decide? Markdown works."
        value={draft}
        aria-invalid={error ? true : undefined}
        onInput={(event) => write(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
            event.preventDefault();
            void submit();
          } else if (event.key === 'Escape') {
            event.currentTarget.blur();
          }
        }}
      />
      {(draft || occurred !== null) && (
        <div class="composer-tools">
          {occurred === null ? (
            <button type="button" class="link" onClick={() => setOccurred(toWallClock(Date.now()))}>
              It happened earlier…
            </button>
          ) : (
            <label class="inline">
              Happened ({zoneLabel()}) <input type="datetime-local" value={occurred} max={toWallClock(Date.now())} onInput={(event) => setOccurred(event.currentTarget.value)} />
              <button type="button" class="link" onClick={() => setOccurred(null)}>
                now
              </button>
            </label>
          )}
          <Button kind="primary" type="submit" disabled={!draft.trim() || sending} hint="Ctrl ↵">
            {sending ? 'Adding…' : 'Add note'}
          </Button>
        </div>
      )}
      {error ? (
        <p class="form-error" role="alert">
          <Icon name="warning" />
          {errorText(error)} Your text is kept.
        </p>
      ) : null}
    </form>
  );
}

function CorrectDialog({ model, event, correction }: { model: TimelineModel; event: TimelineEvent; correction: TimelineEvent | undefined }) {
  const [message, setMessage] = useState((correction ?? event).message ?? '');
  const title = `Correct event ${event.seq}`;
  const { error, submit: send } = useSubmission(title);
  const submit = () =>
    send(async () => {
      const { correctTimelineEvent } = await mutate(CorrectTimelineEvent, { incidentId: event.incidentId, seq: event.seq, message });
      model.append(correctTimelineEvent);
      showToast('The correction is in the timeline');
    });
  return (
    <Dialog title={title} onClose={closeDialog}>
      <p>The original stays in the timeline; the correction is shown first.</p>
      <Field label="Corrected text" hint="Markdown." fault={faultOf(error, 'message')}>
        {(attributes) => <textarea {...attributes} rows={6} maxLength={20000} autofocus value={message} onInput={(input) => setMessage(input.currentTarget.value)} />}
      </Field>
      <FormError error={error} fields={['message']} />
      <footer>
        <Button onClick={closeDialog}>Discard</Button>
        <Button kind="primary" disabled={!message.trim()} onClick={submit}>
          Correct
        </Button>
      </footer>
    </Dialog>
  );
}

function RedactDialog({ model, event }: { model: TimelineModel; event: TimelineEvent }) {
  const [reason, setReason] = useState('');
  const title = `Redact event ${event.seq}`;
  const { error, submit: send } = useSubmission(title);
  const submit = () =>
    send(async () => {
      const { redactTimelineEvent } = await mutate(RedactTimelineEvent, { incidentId: event.incidentId, seq: event.seq, reason: reason.trim() || null });
      model.add([redactTimelineEvent]);
      showToast('The text is removed');
    });
  return (
    <Dialog title={title} onClose={closeDialog}>
      <p>
        <strong>The text and data are removed permanently, for everybody.</strong> The timeline keeps that there was an event, and who redacted it.
      </p>
      <blockquote class="quoted">{(event.message ?? '').slice(0, 200)}</blockquote>
      <Field label="Reason" optional hint="Shown in the timeline. Do not repeat the removed text." fault={faultOf(error, 'reason')}>
        {(attributes) => <input {...attributes} type="text" maxLength={2000} autofocus value={reason} onInput={(input) => setReason(input.currentTarget.value)} />}
      </Field>
      <FormError error={error} fields={['reason']} />
      <footer>
        <Button onClick={closeDialog}>Keep it</Button>
        <Button kind="danger" icon="erase" onClick={submit}>
          Remove the text
        </Button>
      </footer>
    </Dialog>
  );
}
