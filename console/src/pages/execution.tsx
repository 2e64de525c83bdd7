import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import { href } from '../base.ts';
import {
  CancelRunbookExecution,
  CompleteRunbookStep,
  DecideRunbookApproval,
  Execution,
  ExecutionChanges,
  ExecutionDefinition,
  IncidentRef,
  RetryRunbookStep,
  SkipRunbookStep,
  type ExecutionFieldsFragment,
  type RunbookVerdict,
  type StepFieldsFragment,
} from '../generated/operations.ts';
import { mutate, query } from '../graphql.ts';
import { subscribe } from '../live.ts';
import { restoreScroll } from '../router.ts';
import { mayWrite, me } from '../session.ts';
import { duration, now, when } from '../time.ts';
import { Icon } from '../ui/icons.tsx';
import { Markdown } from '../ui/markdown.tsx';
import { Gutter, layout } from '../ui/step-graph.tsx';
import { announce, Breadcrumb, Button, closeDialog, Dialog, dialog, EmptyPage, ExecutionBadge, Failure, Field, FormError, Loading, StepBadge, Time, useSubmission } from '../ui/widgets.tsx';
import { capitalized, outcomeWord, plain, plural, stepKindWord } from '../words.ts';

type Step = ExecutionFieldsFragment['steps'][number];

interface Definition {
  readonly name: string;
  readonly latest: number;
  readonly steps: ReadonlyMap<string, StepFieldsFragment>;
}

export function ExecutionPage({ id }: { id: string }) {
  const execution = useSignal<ExecutionFieldsFragment | null | undefined>(undefined);
  const failure = useSignal<unknown>(null);
  const definition = useSignal<Definition | null>(null);
  const definitionFailure = useSignal<unknown>(null);
  const incident = useSignal<{ number: number; title: string } | null>(null);

  const take = (next: ExecutionFieldsFragment): void => {
    const before = execution.peek();
    if (before && before.version > next.version) return;
    if (before && before.status !== next.status) announce(`The execution is ${plain(next.status)}`);
    execution.value = next;
  };
  const load = async (): Promise<void> => {
    try {
      const { runbookExecution } = await query(Execution, { id });
      failure.value = null;
      if (runbookExecution) take(runbookExecution);
      else execution.value = null;
    } catch (error) {
      failure.value = error;
    }
  };
  const loadDefinition = async ({ runbookId, runbookVersion }: ExecutionFieldsFragment): Promise<void> => {
    definitionFailure.value = null;
    try {
      const { runbook } = await query(ExecutionDefinition, { id: runbookId, beforeVersion: runbookVersion + 1 });
      const version = runbook?.versions[0];
      if (runbook && version) definition.value = { name: version.name, latest: runbook.version, steps: new Map(version.steps.map((step) => [step.key, step])) };
    } catch (error) {
      definitionFailure.value = error;
    }
  };
  useEffect(() => {
    void load();
    return subscribe(
      ExecutionChanges,
      () => ({ id }),
      ({ runbookExecution }) => take(runbookExecution),
      () => 'never',
    );
  }, [id]);

  const current = execution.value;
  useEffect(() => {
    if (!current) return;
    restoreScroll();
    void loadDefinition(current);
    if (current.incidentId) {
      query(IncidentRef, { id: current.incidentId }).then(
        ({ incident: found }) => (incident.value = found ?? null),
        // Only the link to the incident is missing.
        () => undefined,
      );
    }
  }, [current?.id]);
  useEffect(() => {
    if (current && definition.value) document.title = `${definition.value.name} · ${capitalized(plain(current.status))}`;
  }, [current?.status, definition.value]);

  if (current === null) {
    return <EmptyPage title="There is no such execution" to="runbooks" />;
  }
  if (!current) {
    return (
      <main id="main" class="page">
        {failure.value ? <Failure error={failure.value} what="the execution" onRetry={load} /> : <Loading what="the execution" />}
      </main>
    );
  }
  const failed = definitionFailure.value && <Failure error={definitionFailure.value} what="the steps of the runbook" onRetry={() => loadDefinition(current)} />;
  return <Loaded execution={current} definition={definition.value} failed={failed || null} incident={incident.value} take={take} />;
}

type Take = (next: ExecutionFieldsFragment) => void;

const done = new Set(['SUCCEEDED', 'SKIPPED', 'FAILED', 'TIMED_OUT', 'CANCELLED']);

function Loaded({ execution, definition, failed, incident, take }: { execution: ExecutionFieldsFragment; definition: Definition | null; failed: ComponentChildren; incident: { number: number; title: string } | null; take: Take }) {
  const graph = useMemo(() => layout(execution.steps.map((step) => ({ key: step.key, after: definition?.steps.get(step.key)?.after ?? [] }))), [definition, execution.steps.length]);
  const finished = execution.steps.filter((step) => done.has(step.status)).length;
  const over = execution.finishedAt !== null;
  const attention = execution.steps.filter((step) => needsPerson(step, definition?.steps.get(step.key), execution));
  const name = definition?.name ?? 'Runbook';
  return (
    <main id="main" class="page execution">
      <header class="incident-header">
        <Breadcrumb of={[{ path: 'runbooks', name: 'Runbooks' }, { path: `runbooks/${execution.runbookId}`, name }, { name: 'execution' }]} />
        <h1>{name}</h1>
        <div class="at-a-glance">
          <ExecutionBadge status={execution.status} />
          <span class="muted">
            {finished} of {plural(execution.steps.length, 'step')}
          </span>
          <span>
            <span class="muted">started by</span> <strong>{execution.startedBy}</strong>, <Time at={execution.startedAt} both />
          </span>
          {over && <span class="muted">took {duration(Date.parse(execution.finishedAt!) - Date.parse(execution.startedAt))}</span>}
          <span class="muted">
            version {execution.runbookVersion}
            {definition && definition.latest > execution.runbookVersion && ` (the latest is ${definition.latest})`}
          </span>
          {execution.parentExecutionId && <a href={href(`executions/${execution.parentExecutionId}`)}>started by a step of another execution</a>}
        </div>
        {incident && (
          <p class="for-incident">
            <Icon name="flame" />
            <span>
              for <a href={href(`incidents/${incident.number}`)}>#{incident.number} {incident.title}</a>
            </span>
          </p>
        )}
        <progress max={execution.steps.length} value={finished} aria-label="Finished steps" class={`step-${execution.status.toLowerCase()}`} />
        {execution.cancelledBy && (
          <p class="banner warning">
            <Icon name="warning" />
            <span>
              Cancelled by {execution.cancelledBy}
              {execution.reason ? `: ${execution.reason}` : ''}
            </span>
          </p>
        )}
      </header>
      <div class="execution-tools">
        {attention.length > 0 ? (
          <p class="attention" role="status">
            <Icon name="user" />
            <span>
              {attention.length === 1 ? 'One step waits for a person: ' : `${attention.length} steps wait for people: `}
              {attention.map((step, at) => (
                <span key={step.key}>
                  {at > 0 && ', '}
                  <button type="button" class="link" onClick={() => document.getElementById(`step-${step.key}`)?.scrollIntoView({ block: 'center' })}>
                    {step.title}
                  </button>
                </span>
              ))}
            </span>
          </p>
        ) : (
          <p class="muted">{over ? 'Nothing is left to do.' : 'Nothing waits for a person now.'}</p>
        )}
        {!over && mayWrite() && (
          <Button kind="quiet" onClick={() => (dialog.value = <CancelDialog execution={execution} take={take} />)}>
            Cancel execution
          </Button>
        )}
      </div>
      {failed}
      {inputsOf(execution).length > 0 && (
        <p class="facts inputs">
          {inputsOf(execution).map(([input, value]) => (
            <span key={input} class="tag">
              {input} <b>{value}</b>
            </span>
          ))}
        </p>
      )}
      <ol class="steps" aria-label="Steps">
        {execution.steps.map((step, at) => (
          <li key={step.key} id={`step-${step.key}`} class={`step step-is-${step.status.toLowerCase()}${attention.includes(step) ? ' needs-person' : ''}`}>
            <Gutter graph={graph} at={at} status={step.status} />
            <StepView step={step} definition={definition?.steps.get(step.key)} execution={execution} take={take} />
          </li>
        ))}
      </ol>
    </main>
  );
}

const inputsOf = (execution: ExecutionFieldsFragment): [string, string][] =>
  execution.inputs && typeof execution.inputs === 'object' ? Object.entries(execution.inputs as Record<string, unknown>).map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]) : [];

function needsPerson(step: Step, definition: StepFieldsFragment | undefined, execution: ExecutionFieldsFragment): boolean {
  if (step.status === 'UNCERTAIN') return true;
  if (step.status === 'WAITING') return step.kind === 'MANUAL' || step.kind === 'APPROVAL';
  return endedIt(step, definition, execution);
}

/** Whether the execution failed by this step, which may be repeated or skipped. Where the others go on without it, it did not. */
const endedIt = (step: Step, definition: StepFieldsFragment | undefined, execution: ExecutionFieldsFragment): boolean =>
  execution.status === 'FAILED' && (step.status === 'FAILED' || step.status === 'TIMED_OUT') && definition !== undefined && definition.onFailure !== 'CONTINUE';

function StepView({ step, definition, execution, take }: { step: Step; definition: StepFieldsFragment | undefined; execution: ExecutionFieldsFragment; take: Take }) {
  const active = needsPerson(step, definition, execution) || step.status === 'RUNNING' || step.status === 'FAILED' || step.status === 'TIMED_OUT';
  const [toggled, setToggled] = useState<boolean | null>(null);
  const open = toggled ?? active;
  const time = step.finishedAt && step.startedAt ? duration(Date.parse(step.finishedAt) - Date.parse(step.startedAt)) : step.startedAt ? `for ${duration(Math.max(0, now.value - Date.parse(step.startedAt)))}` : '';
  return (
    <div class="step-body">
      <button type="button" class="step-head" aria-expanded={open} onClick={() => setToggled(!open)}>
        <span class="step-title">{step.title}</span>
        <span class="muted small-text wide-only">{stepKindWord[step.kind]}</span>
        <StepBadge status={step.status} />
        <span class="step-time">{time}</span>
        <Icon name="chevron" />
      </button>
      {(step.actor || step.note) && !open && (
        <p class="muted small-text step-note">
          {step.actor}
          {step.note ? `: ${step.note}` : ''}
        </p>
      )}
      {open && (
        <div class="step-details">
          {definition?.instructions && <Markdown text={definition.instructions} />}
          <Waits step={step} definition={definition} />
          {step.note && (
            <div class="quoted">
              {step.actor && <strong>{step.actor}: </strong>}
              {step.note}
            </div>
          )}
          {step.error && <p class="form-error">{step.error}</p>}
          {/* Without the definition it is not known who may approve, and how many have to. */}
          {step.kind === 'APPROVAL' && definition && <Approval step={step} definition={definition} execution={execution} take={take} />}
          <Actions step={step} definition={definition} execution={execution} take={take} />
          {step.childExecutionId && (
            <a class="button small" href={href(`executions/${step.childExecutionId}`)}>
              Execution of this runbook
            </a>
          )}
          <Attempts step={step} />
          {step.output !== null && step.output !== undefined && (
            <details class="evidence">
              <summary>Output</summary>
              <pre tabIndex={0}>{typeof step.output === 'string' ? step.output : JSON.stringify(step.output, null, 2)}</pre>
            </details>
          )}
          {definition && <Definition definition={definition} />}
        </div>
      )}
    </div>
  );
}

function Waits({ step, definition }: { step: Step; definition: StepFieldsFragment | undefined }) {
  if (step.status !== 'WAITING') return null;
  const parts: ComponentChildren[] = [];
  if (definition?.wait?.until)
    parts.push(
      <span key="until">
        until <code>{definition.wait.until}</code>
      </span>,
    );
  if (step.dueAt && step.kind !== 'MANUAL' && step.kind !== 'APPROVAL') parts.push(<span key="due">goes on {Date.parse(step.dueAt) > now.value ? `in ${duration(Date.parse(step.dueAt) - now.value)}, at ${when(step.dueAt)}` : 'at once'}</span>);
  if (step.expiresAt) parts.push(<span key="expires">times out {Date.parse(step.expiresAt) > now.value ? `in ${duration(Date.parse(step.expiresAt) - now.value)}` : 'now'}</span>);
  if (parts.length === 0) return null;
  return (
    <p class="muted small-text wait-line">
      <Icon name="clock" /> {parts.flatMap((part, at) => (at > 0 ? [' · ', part] : [part]))}
    </p>
  );
}

/** Why this person may not decide; null where they may. */
function refusal(step: Step, definition: StepFieldsFragment, execution: ExecutionFieldsFragment): string | null {
  const mine = me();
  const approval = definition.approval;
  if (!mine) return 'You are not signed in.';
  if (!mayWrite()) return 'A viewer reads only.';
  const asApprover = mine.role === 'user' ? 'USER' : mine.role === 'responder' ? 'RESPONDER' : 'ADMIN';
  if (approval && approval.approvers.length > 0 && !approval.approvers.includes(asApprover)) {
    return `You are ${mine.role}. It takes ${approval.approvers.map((role) => plain(role)).join(' or ')}.`;
  }
  if (approval?.notRequester && execution.startedBy === mine.actor) return 'You started this execution, so another person decides.';
  const round = Math.max(0, ...step.decisions.map((decision) => decision.round));
  const own = step.decisions.find((decision) => decision.actor === mine.actor && decision.round === round);
  if (own && step.status === 'WAITING') return `You have ${own.verdict === 'APPROVE' ? 'approved' : 'rejected'} already; it takes another person.`;
  return null;
}

function Approval({ step, definition, execution, take }: { step: Step; definition: StepFieldsFragment; execution: ExecutionFieldsFragment; take: Take }) {
  const [reason, setReason] = useState('');
  const [error, setError] = useState<unknown>(null);
  const quorum = definition.approval?.quorum ?? 1;
  const round = Math.max(0, ...step.decisions.map((decision) => decision.round));
  const approvals = step.decisions.filter((decision) => decision.verdict === 'APPROVE' && decision.round === round).length;
  const why = refusal(step, definition, execution);
  const decide = async (verdict: RunbookVerdict): Promise<void> => {
    setError(null);
    try {
      take((await mutate(DecideRunbookApproval, { executionId: execution.id, step: step.key, verdict, reason: reason.trim() || null })).decideRunbookApproval);
      setReason('');
    } catch (refused) {
      setError(refused);
    }
  };
  return (
    <div class="approval">
      <p>
        <strong>
          {approvals} of {quorum}
        </strong>{' '}
        {quorum === 1 ? 'approval' : 'approvals by different people'}
        {definition.approval && definition.approval.approvers.length > 0 && <span class="muted"> · {definition.approval.approvers.map((role) => plain(role)).join(', ')}</span>}
        {definition.approval?.notRequester && <span class="muted"> · not {execution.startedBy}, who started it</span>}
      </p>
      {step.decisions.length > 0 && (
        <ul class="plain-list decisions">
          {step.decisions.map((decision) => (
            <li key={`${decision.actor}${decision.round}`} class={decision.round < round ? 'muted' : undefined}>
              <Icon name={decision.verdict === 'APPROVE' ? 'check' : 'close'} />
              <span>
                <strong>{decision.actor}</strong> {decision.verdict === 'APPROVE' ? 'approved' : 'rejected'} as {decision.role}, <Time at={decision.decidedAt} both />
                {decision.reason && <span class="quoted-inline">: {decision.reason}</span>}
                {decision.round < round && ' (in an earlier round)'}
              </span>
            </li>
          ))}
        </ul>
      )}
      {step.status === 'WAITING' &&
        (why ? (
          <p class="hint why">
            <Icon name="shield" /> {why}
          </p>
        ) : (
          <>
            <Field label="Reason" optional>
              {(attributes) => <input {...attributes} type="text" maxLength={2000} value={reason} onInput={(event) => setReason(event.currentTarget.value)} />}
            </Field>
            <FormError error={error} />
            <div class="step-actions">
              <Button kind="primary" icon="check" onClick={() => decide('APPROVE')}>
                Approve
              </Button>
              <Button kind="danger" onClick={() => decide('REJECT')}>
                Reject
              </Button>
            </div>
          </>
        ))}
    </div>
  );
}

function Actions({ step, definition, execution, take }: { step: Step; definition: StepFieldsFragment | undefined; execution: ExecutionFieldsFragment; take: Take }) {
  const [note, setNote] = useState('');
  const [error, setError] = useState<unknown>(null);
  if (!mayWrite()) return null;
  const cancelled = execution.status === 'CANCELLED';
  if (step.status === 'WAITING' && step.kind === 'MANUAL') {
    const complete = async (): Promise<void> => {
      setError(null);
      try {
        take((await mutate(CompleteRunbookStep, { executionId: execution.id, step: step.key, note: note.trim() || null })).completeRunbookStep);
        setNote('');
      } catch (refused) {
        setError(refused);
      }
    };
    return (
      <div class="manual">
        <Field label="What you found or did" optional hint="Shown in the timeline.">
          {(attributes) => (
            <textarea
              {...attributes}
              rows={2}
              maxLength={2000}
              value={note}
              onInput={(event) => setNote(event.currentTarget.value)}
              onKeyDown={(event) => {
                if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) void complete();
              }}
            />
          )}
        </Field>
        <FormError error={error} />
        <div class="step-actions">
          <Button kind="primary" icon="check" onClick={complete}>
            Done
          </Button>
          <Button icon="skip" onClick={() => (dialog.value = <StepDialog action="skip" step={step} execution={execution} take={take} />)}>
            Skip
          </Button>
        </div>
      </div>
    );
  }
  if (step.status === 'UNCERTAIN') {
    return (
      <div class="uncertain">
        <p>
          <strong>Nobody knows whether this had its effect.</strong> Look at the system that it called, then say what is true.
        </p>
        <div class="step-actions">
          <Button icon="check" onClick={() => (dialog.value = <StepDialog action="complete" step={step} execution={execution} take={take} />)}>
            It had its effect…
          </Button>
          <Button icon="retry" onClick={() => (dialog.value = <StepDialog action="retry" step={step} execution={execution} take={take} />)}>
            Repeat it…
          </Button>
          <Button icon="skip" onClick={() => (dialog.value = <StepDialog action="skip" step={step} execution={execution} take={take} />)}>
            Skip it…
          </Button>
        </div>
      </div>
    );
  }
  const failed = endedIt(step, definition, execution);
  const waiting = step.status === 'WAITING' && step.kind !== 'APPROVAL';
  if (cancelled || !(failed || waiting)) return null;
  return (
    <div class="step-actions">
      {failed && (
        <Button kind="primary" icon="retry" onClick={() => (dialog.value = <StepDialog action="retry" step={step} execution={execution} take={take} />)}>
          Repeat it…
        </Button>
      )}
      {step.kind !== 'APPROVAL' && (
        <Button icon="skip" onClick={() => (dialog.value = <StepDialog action="skip" step={step} execution={execution} take={take} />)}>
          Skip it…
        </Button>
      )}
    </div>
  );
}

type StepAction = 'complete' | 'skip' | 'retry';

function StepDialog({ action, step, execution, take }: { action: StepAction; step: Step; execution: ExecutionFieldsFragment; take: Take }) {
  const uncertain = step.status === 'UNCERTAIN';
  const [note, setNote] = useState('');
  const [sure, setSure] = useState(!uncertain);
  const lastAttempt = step.attempts.at(-1);
  const title = { complete: 'It had its effect', skip: 'Skip', retry: 'Repeat' }[action];
  const { error, submit: send } = useSubmission(`${title}: ${step.title}`);
  const check = {
    complete: 'I have looked: it had its effect.',
    skip: 'I have looked, and later steps may go on as if it were not needed.',
    retry: 'I have looked: repeating it does no harm.',
  }[action];
  const submit = () =>
    send(async () => {
      const input = { executionId: execution.id, step: step.key, note: note.trim() || null };
      if (action === 'complete') take((await mutate(CompleteRunbookStep, input)).completeRunbookStep);
      else if (action === 'skip') take((await mutate(SkipRunbookStep, input)).skipRunbookStep);
      else take((await mutate(RetryRunbookStep, input)).retryRunbookStep);
    });
  return (
    <Dialog title={`${title}: ${step.title}`} onClose={closeDialog}>
      {lastAttempt?.request && <pre tabIndex={0}>{lastAttempt.request}</pre>}
      {lastAttempt && (
        <p class="muted">
          Attempt {lastAttempt.number} {outcomeWord[lastAttempt.outcome]}.
        </p>
      )}
      {action === 'retry' && uncertain && <p class="hint">The same idempotency key is sent, so that a server that knows it can recognize the repetition.</p>}
      <Field label="Reason" optional={!uncertain} hint="Shown in the timeline.">
        {(attributes) => <textarea {...attributes} rows={2} maxLength={2000} autofocus value={note} onInput={(event) => setNote(event.currentTarget.value)} />}
      </Field>
      {uncertain && (
        <label class="check">
          <input type="checkbox" checked={sure} onChange={(event) => setSure(event.currentTarget.checked)} /> {check}
        </label>
      )}
      <FormError error={error} />
      <footer>
        <Button onClick={closeDialog}>Not now</Button>
        <Button kind={uncertain && action === 'retry' ? 'danger' : 'primary'} disabled={!sure} onClick={submit}>
          {title}
        </Button>
      </footer>
    </Dialog>
  );
}

function CancelDialog({ execution, take }: { execution: ExecutionFieldsFragment; take: Take }) {
  const [reason, setReason] = useState('');
  const title = 'Cancel this execution';
  const { error, submit: send } = useSubmission(title);
  const submit = () => send(async () => take((await mutate(CancelRunbookExecution, { executionId: execution.id, reason: reason.trim() || null })).cancelRunbookExecution));
  return (
    <Dialog title={title} onClose={closeDialog}>
      <p>No further step starts. Requests in flight end by themselves and are recorded.</p>
      <Field label="Reason" optional>
        {(attributes) => <input {...attributes} type="text" maxLength={2000} autofocus value={reason} onInput={(event) => setReason(event.currentTarget.value)} />}
      </Field>
      <FormError error={error} />
      <footer>
        <Button onClick={closeDialog}>Let it run</Button>
        <Button kind="danger" onClick={submit}>
          Cancel the execution
        </Button>
      </footer>
    </Dialog>
  );
}

function Attempts({ step }: { step: Step }) {
  if (step.attempts.length === 0 || (step.attempts.length === 1 && !step.attempts[0]!.request)) return null;
  return (
    <ol class="attempts" aria-label="Attempts">
      {step.attempts.map((attempt) => (
        <li key={attempt.number}>
          <p>
            <strong>Attempt {attempt.number}</strong> {outcomeWord[attempt.outcome]}
            {attempt.httpStatus !== null && <span class="tag">HTTP {attempt.httpStatus}</span>}{' '}
            <span class="muted small-text">
              <Time at={attempt.startedAt} both />
              {attempt.finishedAt && `, took ${duration(Date.parse(attempt.finishedAt) - Date.parse(attempt.startedAt))}`}
            </span>
          </p>
          {attempt.request && <code class="request">{attempt.request}</code>}
          {attempt.error && <p class="fault">{attempt.error}</p>}
          {attempt.excerpt && (
            <details class="evidence">
              <summary>Response</summary>
              <pre tabIndex={0}>{attempt.excerpt}</pre>
            </details>
          )}
        </li>
      ))}
    </ol>
  );
}

/** What the step does, in words. */
export function Definition({ definition }: { definition: StepFieldsFragment }) {
  const rows: [string, ComponentChildren][] = [];
  if (definition.when) rows.push(['Only if', <code>{definition.when}</code>]);
  if (definition.http) {
    rows.push(['Request', <code>{`${definition.http.method} ${definition.http.url}`}</code>]);
    if (definition.http.expectStatus.length > 0) rows.push(['Expects', definition.http.expectStatus.join(', ')]);
  }
  if (definition.wait?.seconds) rows.push(['Waits', duration(definition.wait.seconds * 1000)]);
  if (definition.wait?.until) rows.push(['Waits until', <code>{definition.wait.until}</code>]);
  if (definition.note) rows.push(['Writes', <span class="pre-line">{definition.note.message}</span>]);
  if (definition.incident) {
    const { status, severity, owner, labels } = definition.incident;
    const changes = [status && `status ${plain(status)}`, severity && `severity ${plain(severity)}`, owner && `owner ${owner}`, labels ? `labels ${JSON.stringify(labels)}` : null].filter(Boolean);
    rows.push(['Sets', changes.join(', ')]);
  }
  if (definition.runbook) rows.push(['Runs', <a href={href(`runbooks/${definition.runbook.runbookId}`)}>another runbook</a>]);
  if (definition.retry) rows.push(['Attempts', `up to ${definition.retry.maxAttempts}`]);
  if (definition.timeoutSeconds) rows.push(['Times out', `after ${duration(definition.timeoutSeconds * 1000)}`]);
  if (definition.kind === 'HTTP') rows.push(['Repeatable', definition.effect === 'IDEMPOTENT' ? 'yes, without harm' : 'no: a person decides if its outcome is unknown']);
  if (definition.onFailure === 'CONTINUE') rows.push(['If it fails', 'the others go on']);
  if (rows.length === 0) return null;
  return (
    <details class="evidence">
      <summary>Definition</summary>
      <dl class="pairs">
        {rows.map(([name, content]) => (
          <>
            <dt key={name}>{name}</dt>
            <dd>{content}</dd>
          </>
        ))}
      </dl>
    </details>
  );
}
