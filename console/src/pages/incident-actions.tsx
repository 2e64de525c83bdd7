import { useEffect, useState } from 'preact/hooks';
import type { IncidentStatus, Severity, UpdateIncidentField } from '../generated/operations.ts';
import {
  IncidentByNumber,
  IncidentList,
  MergeIncident,
  OpenIncident,
  TransitionIncident,
  UpdateIncident,
  type EventFieldsFragment,
} from '../generated/operations.ts';
import { ApiError, errorText, mutate, query } from '../graphql.ts';
import { href } from '../base.ts';
import { keepDraft, readFields } from '../drafts.ts';
import { navigate } from '../router.ts';
import { me } from '../session.ts';
import { put, type Incident } from '../store.ts';
import { fromWallClock, toWallClock, zoneLabel } from '../time.ts';
import { Button, closeDialog, Dialog, dialog, faultOf, Field, FormError, isConversion, showToast, SeverityBadge, StatusBadge, submitOnCtrlEnter, Time, useSubmission } from '../ui/widgets.tsx';
import { labelsOf, needsReason, severities, severityWord, statusWord, transitionWord, unfinished } from '../words.ts';

/** Fields that a change sets, with the words for them. */
export interface Wanted {
  status?: IncidentStatus;
  reason?: string;
  severity?: Severity;
  owner?: string | null;
  title?: string;
  summary?: string | null;
  labels?: Record<string, string>;
  services?: string[];
}

/**
 * Changes an incident that was seen in this version. Where somebody changed it since, asks with both versions side by side. `decided` is
 * called when the change is made, or the person does without it.
 */
export async function change(seen: Incident, wanted: Wanted, done: string, decided: () => void = () => undefined): Promise<boolean> {
  const from = dialog.peek();
  try {
    await send(seen, wanted);
    decided();
    if (done) showToast(done);
    return true;
  } catch (error) {
    if (error instanceof ApiError && error.code === 'precondition_failed') {
      const ask = await askAboutConflict(seen, wanted, done, decided);
      // Another dialog, which was opened meanwhile, stays.
      if (ask && dialog.peek() && dialog.peek() !== from) showToast(`#${seen.number} was changed in the meantime. Nothing of yours was saved yet.`, 'error', { label: 'Compare', run: ask });
      else ask?.();
      return false;
    }
    throw error;
  }
}

/** As `change`, with a refusal in a message instead of an exception. */
export async function changeOrSay(seen: Incident, wanted: Wanted, done: string, decided?: () => void): Promise<boolean> {
  try {
    return await change(seen, wanted, done, decided);
  } catch (error) {
    showToast(errorText(error), 'error');
    return false;
  }
}

async function send(seen: Incident, wanted: Wanted): Promise<void> {
  if (wanted.status) {
    const { transitionIncident } = await mutate(TransitionIncident, { id: seen.id, status: wanted.status, reason: wanted.reason || null, expectedVersion: seen.version });
    put(transitionIncident);
    return;
  }
  const clear: UpdateIncidentField[] = [];
  if (wanted.owner === null) clear.push('OWNER');
  if (wanted.summary === null) clear.push('SUMMARY');
  if (wanted.labels && Object.keys(wanted.labels).length === 0) clear.push('LABELS');
  if (wanted.services?.length === 0) clear.push('SERVICES');
  const { updateIncident } = await mutate(UpdateIncident, {
    id: seen.id,
    expectedVersion: seen.version,
    severity: wanted.severity ?? null,
    owner: wanted.owner ?? null,
    title: wanted.title ?? null,
    summary: wanted.summary ?? null,
    labels: clear.includes('LABELS') ? null : (wanted.labels ?? null),
    services: clear.includes('SERVICES') ? null : (wanted.services ?? null),
    clear: clear.length ? clear : null,
  });
  put(updateIncident);
}

/** Reads the present version. Resolves to what shows both, or null where there is none any more. */
async function askAboutConflict(seen: Incident, wanted: Wanted, done: string, decided: () => void): Promise<(() => void) | null> {
  const { incidentByNumber } = await query(IncidentByNumber, { number: seen.number, last: 20 });
  if (!incidentByNumber) return null;
  const { timeline, runbookExecutions, ...present } = incidentByNumber;
  void runbookExecutions;
  put(present);
  return () => {
    dialog.value = <ConflictDialog seen={seen} present={present} events={timeline.nodes} wanted={wanted} done={done} decided={decided} />;
  };
}

const shownFields = ['status', 'severity', 'owner', 'title', 'summary', 'services', 'labels'] as const;
type ShownField = (typeof shownFields)[number];

function value(incident: Partial<Incident>, field: ShownField) {
  switch (field) {
    case 'status':
      return incident.status ? <StatusBadge status={incident.status} /> : null;
    case 'severity':
      return incident.severity ? <SeverityBadge severity={incident.severity} /> : null;
    case 'labels':
      return labelsOf(incident.labels)
        .map(([name, label]) => `${name}: ${label}`)
        .join(', ');
    case 'services':
      return incident.services?.join(', ');
    default:
      return incident[field];
  }
}

const fingerprint = (incident: Partial<Incident>, field: ShownField): string => JSON.stringify(incident[field] ?? null);

function ConflictDialog({ seen, present, events, wanted, done, decided }: { seen: Incident; present: Incident; events: readonly EventFieldsFragment[]; wanted: Wanted; done: string; decided: () => void }) {
  const changed = events.findLast((event) => /_changed$|^edited$|^merged_from$/.test(event.kind));
  const rows = shownFields.filter((field) => field in wanted || (field in seen && fingerprint(seen, field) !== fingerprint(present, field)));
  const impossible = wanted.status !== undefined && wanted.status !== present.status && !present.availableTransitions.includes(wanted.status);
  const mine = wanted as Partial<Incident>;
  return (
    <Dialog title={`#${seen.number} was changed in the meantime`} onClose={closeDialog} wide>
      <p>
        {changed && (
          <>
            The last change is by <strong>{changed.actor}</strong>, <Time at={changed.occurredAt} />.{' '}
          </>
        )}
        Nothing of yours was saved yet.
      </p>
      <div class="table-scroll">
        <table class="conflict">
          <thead>
            <tr>
              <td />
              <th scope="col">You saw</th>
              <th scope="col">It is now</th>
              <th scope="col">You want</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((field) => (
              <tr key={field}>
                <th scope="row">{field}</th>
                <td>{value(seen, field) || <span class="muted">none</span>}</td>
                <td class={fingerprint(seen, field) === fingerprint(present, field) ? undefined : 'differs'}>{value(present, field) || <span class="muted">none</span>}</td>
                <td>{field in wanted ? value(mine, field) || <span class="muted">none</span> : <span class="muted">as it is</span>}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {impossible && <p class="hint">It cannot become {statusWord[wanted.status!].toLowerCase()} from {statusWord[present.status].toLowerCase()}.</p>}
      <footer>
        <Button
          onClick={() => {
            decided();
            closeDialog();
          }}
        >
          Keep it as it is now
        </Button>
        <Button
          kind="primary"
          disabled={impossible}
          onClick={async () => {
            closeDialog();
            await changeOrSay(present, wanted, done, decided);
          }}
        >
          Make my change to this version
        </Button>
      </footer>
    </Dialog>
  );
}

/** Changes the status, at once where no reason is needed or usual. */
export async function transition(incident: Incident, to: IncidentStatus): Promise<void> {
  if (to === 'MERGED') dialog.value = <MergeDialog incidents={[incident]} />;
  else if (to === 'ACKNOWLEDGED' || to === 'MITIGATING') await changeOrSay(incident, { status: to }, `#${incident.number} is ${statusWord[to].toLowerCase()}`);
  else dialog.value = <TransitionDialog incident={incident} to={to} />;
}

function TransitionDialog({ incident, to }: { incident: Incident; to: IncidentStatus }) {
  const [reason, setReason] = useState('');
  const required = needsReason(to, incident.status);
  const title = `${transitionWord(to, incident.status)}: #${incident.number}`;
  const { error, submit: send } = useSubmission(title);
  const submit = () => send(() => change(incident, { status: to, reason: reason.trim() }, `#${incident.number} is ${statusWord[to].toLowerCase()}`));
  return (
    <Dialog title={title} onClose={closeDialog}>
      <p class="dialog-subject">{incident.title}</p>
      <form onSubmit={(event) => event.preventDefault()}>
        <Field label="Reason" optional={!required} hint="Shown in the timeline." fault={faultOf(error, 'reason')}>
          {(attributes) => (
            <textarea
              {...attributes}
              rows={3}
              maxLength={2000}
              required={required}
              autofocus
              value={reason}
              onInput={(event) => setReason(event.currentTarget.value)}
              onKeyDown={(event) => {
                if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) void submit();
              }}
            />
          )}
        </Field>
        <FormError error={error} fields={['reason']} />
        <footer>
          <Button onClick={closeDialog}>Not now</Button>
          <Button kind={to === 'CANCELLED' ? 'danger' : 'primary'} disabled={required && !reason.trim()} onClick={submit}>
            {transitionWord(to, incident.status)}
          </Button>
        </footer>
      </form>
    </Dialog>
  );
}

export const assign = (incidents: readonly Incident[], owners: readonly string[]): void => {
  dialog.value = <AssignDialog incidents={incidents} owners={owners} />;
};

function AssignDialog({ incidents, owners }: { incidents: readonly Incident[]; owners: readonly string[] }) {
  const [owner, setOwner] = useState(incidents.length === 1 ? (incidents[0]!.owner ?? '') : '');
  const title = incidents.length === 1 ? `Owner of #${incidents[0]!.number}` : `Owner of ${incidents.length} incidents`;
  const { error, submit: submitOne } = useSubmission(title);
  const myself = me()?.actor ?? '';
  const submit = async (next: string | null) => {
    if (incidents.length > 1) {
      closeDialog();
      await bulk(incidents, (incident) => send(incident, { owner: next }), next ? `assigned to ${next}` : 'without an owner');
      return;
    }
    await submitOne(() => change(incidents[0]!, { owner: next }, next ? `${next} owns #${incidents[0]!.number}` : `#${incidents[0]!.number} has no owner`));
  };
  return (
    <Dialog title={title} onClose={closeDialog}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void submit(owner.trim() || null);
        }}
      >
        <Field label="Owner" hint="The person who is responsible now, by the name that they sign in with." fault={faultOf(error, 'owner')}>
          {(attributes) => <input {...attributes} type="text" list="known-owners" maxLength={200} autofocus autocomplete="off" value={owner} onInput={(event) => setOwner(event.currentTarget.value)} />}
        </Field>
        <datalist id="known-owners">
          {[...new Set([myself, ...owners])].filter(Boolean).map((name) => (
            <option key={name} value={name} />
          ))}
        </datalist>
        <FormError error={error} fields={['owner']} />
        <footer>
          <Button onClick={() => submit(null)}>Nobody</Button>
          {myself && (
            <Button onClick={() => submit(myself)} icon="user">
              Me
            </Button>
          )}
          <Button kind="primary" type="submit" disabled={!owner.trim()}>
            Assign
          </Button>
        </footer>
      </form>
    </Dialog>
  );
}

/** Does something to each of several incidents, four at a time, and says how it went. */
export async function bulk(incidents: readonly Incident[], act: (incident: Incident) => Promise<unknown>, done: string): Promise<void> {
  const queue = [...incidents];
  const refused: string[] = [];
  const worker = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      try {
        await act(next);
      } catch (error) {
        refused.push(`#${next.number}: ${errorText(error)}`);
      }
    }
  };
  await Promise.all([worker(), worker(), worker(), worker()]);
  const changed = incidents.length - refused.length;
  if (changed > 0) showToast(`${changed === 1 ? '1 incident' : `${changed} incidents`} ${done}`);
  if (refused.length > 0) showToast(`${refused.length === 1 ? 'One was' : `${refused.length} were`} refused. ${refused.slice(0, 3).join(' · ')}`, 'error');
}

export const bulkTransition = (incidents: readonly Incident[], to: IncidentStatus): Promise<void> =>
  bulk(
    incidents.filter((incident) => incident.status !== to),
    (incident) => send(incident, { status: to }),
    statusWord[to].toLowerCase(),
  );

export const bulkSeverity = (incidents: readonly Incident[], to: Severity): Promise<void> =>
  bulk(incidents, (incident) => send(incident, { severity: to }), `of severity ${severityWord[to].toLowerCase()}`);

export const merge = (incidents: readonly Incident[]): void => {
  dialog.value = <MergeDialog incidents={incidents} />;
};

function MergeDialog({ incidents }: { incidents: readonly Incident[] }) {
  const [text, setText] = useState('');
  const [found, setFound] = useState<readonly Incident[] | null>(null);
  const [searchError, setSearchError] = useState<unknown>(null);
  const [target, setTarget] = useState<Incident | null>(null);
  const [reason, setReason] = useState('');
  const title = incidents.length === 1 ? `Merge #${incidents[0]!.number} into another` : `Merge ${incidents.length} incidents into another`;
  const { error, submit: send } = useSubmission(title);
  const ids = new Set(incidents.map((incident) => incident.id));
  const find = async (search: string, signal: AbortSignal): Promise<readonly Incident[]> => {
    const number = Number(search.replace(/^#/, ''));
    if (search && Number.isInteger(number) && number > 0) {
      const { incidentByNumber } = await query(IncidentByNumber, { number, last: 0 }, signal);
      return incidentByNumber && !ids.has(incidentByNumber.id) && incidentByNumber.status !== 'MERGED' ? [incidentByNumber] : [];
    }
    const { incidents: page } = await query(IncidentList, { filter: { status: [...unfinished], search: search || null }, orderBy: 'OPENED_AT_DESC', first: 8, after: null }, signal);
    return page.nodes.filter((incident) => !ids.has(incident.id));
  };
  useEffect(() => {
    // What was chosen for another text is not merged into.
    setTarget(null);
    setSearchError(null);
    const controller = new AbortController();
    const show = (next: readonly Incident[]): void => {
      setFound(next);
      setTarget((chosen) => next.find((incident) => incident.id === chosen?.id) ?? null);
    };
    const timer = setTimeout(() => void find(text.trim(), controller.signal).then(show, (refusal: unknown) => controller.signal.aborted || setSearchError(refusal)), text ? 150 : 0);
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
  }, [text]);
  const submit = () =>
    send(async () => {
      if (incidents.length === 1) {
        const { mergeIncident } = await mutate(MergeIncident, { id: incidents[0]!.id, intoId: target!.id, reason: reason.trim() || null, expectedVersion: incidents[0]!.version });
        put(mergeIncident);
        showToast(`#${incidents[0]!.number} is merged into #${target!.number}`, 'done', { label: `Open #${target!.number}`, run: () => navigate(`incidents/${target!.number}`) });
      } else {
        await bulk(incidents, async (incident) => put((await mutate(MergeIncident, { id: incident.id, intoId: target!.id, reason: reason.trim() || null })).mergeIncident), `merged into #${target!.number}`);
      }
    });
  return (
    <Dialog title={title} onClose={closeDialog}>
      <p class="dialog-subject">{incidents.length === 1 ? incidents[0]!.title : incidents.map((incident) => `#${incident.number}`).join(', ')}</p>
      <Field label="The incident that continues" hint="Its number, or words of its title.">
        {(attributes) => <input {...attributes} type="search" autofocus autocomplete="off" value={text} onInput={(event) => setText(event.currentTarget.value)} />}
      </Field>
      <div class="choices" role="radiogroup" aria-label="Incidents to merge into">
        {(found ?? []).map((incident) => (
          <label key={incident.id} class="choice">
            <input type="radio" name="merge-target" checked={target?.id === incident.id} onChange={() => setTarget(incident)} />
            <span class="number">#{incident.number}</span>
            <span class="choice-title">{incident.title}</span>
            <StatusBadge status={incident.status} />
          </label>
        ))}
        {found?.length === 0 && text && <p class="muted">No incident matches.</p>}
        <FormError error={searchError} />
      </div>
      <Field label="Reason" optional hint="Shown in both timelines.">
        {(attributes) => <input {...attributes} type="text" maxLength={2000} value={reason} onInput={(event) => setReason(event.currentTarget.value)} />}
      </Field>
      <FormError error={error} />
      <footer>
        <Button onClick={closeDialog}>Not now</Button>
        <Button kind="primary" icon="merge" disabled={!target} onClick={submit}>
          {target ? `Merge into #${target.number}` : 'Merge'}
        </Button>
      </footer>
    </Dialog>
  );
}

export const editIncident = (incident: Incident): void => {
  dialog.value = <EditDialog incident={incident} />;
};

const labelsText = (labels: unknown): string =>
  labelsOf(labels)
    .map(([name, label]) => `${name}: ${label}`)
    .join('\n');

function parseLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const line of text.split('\n')) {
    if (!line.trim()) continue;
    const at = line.indexOf(':');
    labels[(at < 0 ? line : line.slice(0, at)).trim()] = at < 0 ? '' : line.slice(at + 1).trim();
  }
  return labels;
}

const parseServices = (text: string): string[] => [...new Set(text.split(/[,\n]/).map((name) => name.trim()).filter(Boolean))];

/** What the fields of an edit contain. */
const editFields = (incident: Incident) => ({ title: incident.title, summary: incident.summary ?? '', services: incident.services.join(', '), labels: labelsText(incident.labels) });

interface EditDraft {
  readonly seen: Incident;
  readonly fields: ReturnType<typeof editFields>;
}

/** Says that a dialog shows what was written before. */
function Restored() {
  return (
    <p class="hint" role="status">
      This is what you wrote and did not save.
    </p>
  );
}

function EditDialog({ incident }: { incident: Incident }) {
  const draftName = `edit.${incident.id}`;
  const [draft] = useState(() => readFields<EditDraft>(draftName));
  // The version that the person sees while writing, which is what the change is checked against.
  const [seen] = useState(draft?.seen ?? incident);
  const [fields, setFields] = useState(draft?.fields ?? editFields(incident));
  const { title, summary, services, labels } = fields;
  const set = (part: Partial<EditDraft['fields']>): void => {
    const next = { ...fields, ...part };
    setFields(next);
    const same = JSON.stringify(next) === JSON.stringify(editFields(seen));
    keepDraft(draftName, same ? null : JSON.stringify({ seen, fields: next } satisfies EditDraft));
  };
  const forget = (): void => keepDraft(draftName, null);
  const { error, submit: send } = useSubmission(`Edit #${seen.number}`);
  const submit = async () => {
    const wanted: Wanted = {};
    if (title.trim() !== seen.title) wanted.title = title.trim();
    if (summary.trim() !== (seen.summary ?? '')) wanted.summary = summary.trim() || null;
    if (JSON.stringify(parseServices(services)) !== JSON.stringify(seen.services)) wanted.services = parseServices(services);
    if (labels.trim() !== labelsText(seen.labels)) wanted.labels = parseLabels(labels);
    if (Object.keys(wanted).length === 0) {
      forget();
      closeDialog();
      return;
    }
    await send(() => change(seen, wanted, `#${seen.number} is changed`, forget));
  };
  return (
    <Dialog title={`Edit #${seen.number}`} onClose={closeDialog}>
      <form onSubmit={(event) => event.preventDefault()}>
        {draft && <Restored />}
        <Field label="Title" fault={faultOf(error, 'title')}>
          {(attributes) => <input {...attributes} type="text" maxLength={300} required value={title} onInput={(event) => set({ title: event.currentTarget.value })} />}
        </Field>
        <Field label="Summary" optional hint="What is known so far. Markdown." fault={faultOf(error, 'summary')}>
          {(attributes) => <textarea {...attributes} rows={5} maxLength={20000} value={summary} onInput={(event) => set({ summary: event.currentTarget.value })} />}
        </Field>
        <Field label="Affected services" optional hint="With commas between them." fault={faultOf(error, 'services')}>
          {(attributes) => <input {...attributes} type="text" value={services} onInput={(event) => set({ services: event.currentTarget.value })} />}
        </Field>
        <Field label="Labels" optional hint="One a line, name: value." fault={faultOf(error, 'labels')}>
          {(attributes) => <textarea {...attributes} rows={3} value={labels} onInput={(event) => set({ labels: event.currentTarget.value })} />}
        </Field>
        <FormError error={error} fields={['title', 'summary', 'services', 'labels']} />
        <footer>
          <Button
            onClick={() => {
              forget();
              closeDialog();
            }}
          >
            Discard
          </Button>
          <Button kind="primary" disabled={!title.trim()} onClick={submit}>
            Save
          </Button>
        </footer>
      </form>
    </Dialog>
  );
}

export const openIncident = (): void => {
  dialog.value = <OpenDialog />;
};

const openFields = { title: '', severity: 'MEDIUM' as Severity, services: '', summary: '', began: '', mine: false, drill: false };

type OpenFields = typeof openFields;

const OPEN_DRAFT = 'open';

function OpenDialog() {
  const [draft] = useState(() => readFields<OpenFields>(OPEN_DRAFT));
  const [fields, setFields] = useState<OpenFields>({ ...openFields, ...draft });
  const { title, severity, services, summary, began, mine, drill } = fields;
  const set = (part: Partial<OpenFields>): void => {
    const next = { ...fields, ...part };
    setFields(next);
    const text = JSON.stringify(next);
    keepDraft(OPEN_DRAFT, text === JSON.stringify(openFields) ? null : text);
  };
  const { error, submit: send, isOpen } = useSubmission('Open an incident');
  const submit = () =>
    send(async () => {
      const { openIncident: opened } = await mutate(OpenIncident, {
        title: title.trim(),
        severity,
        summary: summary.trim() || null,
        services: parseServices(services).length ? parseServices(services) : null,
        owner: mine ? (me()?.actor ?? null) : null,
        isDrill: drill || null,
        openedAt: began ? fromWallClock(began).toISOString() : null,
      });
      put(opened);
      keepDraft(OPEN_DRAFT, null);
      const show = (): void => navigate(`incidents/${opened.number}`);
      // A person who has gone on to something else is not taken away from it.
      if (isOpen()) show();
      else showToast(`#${opened.number} is open`, 'done', { label: `Show #${opened.number}`, run: show });
    });
  return (
    <Dialog title="Open an incident" onClose={closeDialog}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (title.trim()) void submit();
        }}
      >
        {draft && <Restored />}
        <Field label="What is wrong?" hint="One line, for people who know nothing yet." fault={faultOf(error, 'title')}>
          {(attributes) => (
            <input
              {...attributes}
              type="text"
              maxLength={300}
              required
              autofocus
              autocomplete="off"
              value={title}
              onInput={(event) => set({ title: event.currentTarget.value })}
              onKeyDown={(event) => {
                if (event.key === 'Enter' && !isConversion(event) && title.trim()) void submit();
              }}
            />
          )}
        </Field>
        <fieldset class="severity-choice">
          <legend>Severity</legend>
          {severities.map((it) => (
            <label key={it}>
              <input type="radio" name="severity" checked={severity === it} onChange={() => set({ severity: it })} />
              <SeverityBadge severity={it} />
            </label>
          ))}
        </fieldset>
        <Field label="Affected services" optional hint="With commas between them." fault={faultOf(error, 'services')}>
          {(attributes) => <input {...attributes} type="text" autocomplete="off" value={services} onInput={(event) => set({ services: event.currentTarget.value })} />}
        </Field>
        <Field label="What is known so far" optional hint="Markdown." fault={faultOf(error, 'summary')}>
          {(attributes) => <textarea {...attributes} rows={3} maxLength={20000} value={summary} onInput={(event) => set({ summary: event.currentTarget.value })} onKeyDown={submitOnCtrlEnter} />}
        </Field>
        <Field label={`When it began (${zoneLabel()})`} optional hint="Now, if you leave it empty." fault={faultOf(error, 'openedAt')}>
          {(attributes) => <input {...attributes} type="datetime-local" max={toWallClock(Date.now())} value={began} onInput={(event) => set({ began: event.currentTarget.value })} />}
        </Field>
        <label class="check">
          <input type="checkbox" checked={mine} onChange={(event) => set({ mine: event.currentTarget.checked })} /> I own it
        </label>
        <label class="check">
          <input type="checkbox" checked={drill} onChange={(event) => set({ drill: event.currentTarget.checked })} /> This is a drill: an exercise, in no metric
        </label>
        <FormError error={error} fields={['title', 'summary', 'services', 'openedAt']} />
        <footer>
          <Button
            onClick={() => {
              keepDraft(OPEN_DRAFT, null);
              closeDialog();
            }}
          >
            Not now
          </Button>
          <Button kind="primary" disabled={!title.trim()} onClick={submit}>
            Open incident
          </Button>
        </footer>
      </form>
    </Dialog>
  );
}

export const incidentHref = (number: number): string => href(`incidents/${number}`);
