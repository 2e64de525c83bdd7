import { effect, signal, useSignal } from '@preact/signals';
import { useEffect, useState } from 'preact/hooks';
import { PlanRunbook, RunbookName, RunbookNames, RunbookToStart, StartRunbook, type InputFieldsFragment, type PlanRunbookQuery, type RunbookNamesQuery } from '../generated/operations.ts';
import { mutate, query } from '../graphql.ts';
import { href } from '../base.ts';
import { navigate } from '../router.ts';
import { Icon } from '../ui/icons.tsx';
import { Button, closeDialog, Dialog, dialog, Failure, faultOf, Field, FormError, Loading, showToast, useSubmission } from '../ui/widgets.tsx';
import { mayAdminister } from '../session.ts';
import { epoch } from '../store.ts';
import { stepKindWord } from '../words.ts';

type Named = RunbookNamesQuery['runbooks']['nodes'][number];

const RETRY_DELAY = 5_000;
/** How many runbooks the dialog offers at once. */
const CHOICES = 100;
/** With more than these, the dialog has a field to search in. */
const FEW = 8;

/** The names of runbooks that were read, and null for those that are being read. */
const names = signal<ReadonlyMap<string, string | null>>(new Map());

/** To be called when a runbook was changed. */
export const forgetRunbookNames = (): void => {
  names.value = new Map();
};

// Those of another account are not kept.
effect(() => {
  void epoch.value;
  forgetRunbookNames();
});

const withName = (id: string, name: string | null | undefined): void => {
  const next = new Map(names.peek());
  if (name === undefined) next.delete(id);
  else next.set(id, name);
  names.value = next;
};

/** The name of a runbook, also of an archived one; read when it is first asked for. */
export function useRunbookName(id: string): string {
  const name = names.value.get(id);
  useEffect(() => {
    if (name !== undefined) return;
    withName(id, null);
    query(RunbookName, { id }).then(
      ({ runbook }) => withName(id, runbook?.name ?? null),
      // It is asked for again where it is still shown.
      () => setTimeout(() => withName(id, undefined), RETRY_DELAY),
    );
  }, [id, name]);
  return name ?? 'Runbook';
}

export const startRunbook = (incidentId: string | null, runbookId?: string): void => {
  dialog.value = <StartDialog incidentId={incidentId} preset={runbookId} />;
};

type Values = Readonly<Record<string, string | boolean>>;

const initial = (inputs: readonly InputFieldsFragment[]): Values =>
  Object.fromEntries(inputs.map((input) => [input.name, input.type === 'BOOLEAN' ? input.default === true : input.default == null ? '' : String(input.default)]));

/** The inputs as the service wants them; what is empty is left out. */
function typed(inputs: readonly InputFieldsFragment[], values: Values): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const input of inputs) {
    const value = values[input.name];
    if (value === undefined || value === '') continue;
    result[input.name] = input.type === 'INT' ? (/^-?\d+$/.test(String(value).trim()) ? Number(value) : value) : value;
  }
  return result;
}

function StartDialog({ incidentId, preset }: { incidentId: string | null; preset: string | undefined }) {
  const chosen = useSignal<Named | null>(null);
  const values = useSignal<Values>({});
  const plan = useSignal<PlanRunbookQuery['planRunbook']>(null);
  const { error, setError, submit, isOpen } = useSubmission('Start a runbook');
  const [text, setText] = useState('');
  const [searchable, setSearchable] = useState(false);
  const found = useSignal<RunbookNamesQuery['runbooks'] | null>(null);
  const failure = useSignal<unknown>(null);

  const choose = (runbook: Named): void => {
    chosen.value = runbook;
    values.value = initial(runbook.inputs);
    plan.value = null;
  };
  const load = async (signal?: AbortSignal): Promise<void> => {
    failure.value = null;
    try {
      if (preset) {
        const { runbook } = await query(RunbookToStart, { id: preset }, signal);
        if (runbook) choose(runbook);
        else failure.value = new Error('There is no such runbook');
      } else {
        found.value = (await query(RunbookNames, { first: CHOICES, search: text.trim() || null }, signal)).runbooks;
        if (found.value.nodes.length > FEW) setSearchable(true);
      }
    } catch (refused) {
      if (!signal?.aborted) failure.value = refused;
    }
  };
  useEffect(() => {
    const controller = new AbortController();
    const timer = setTimeout(() => void load(controller.signal), text ? 150 : 0);
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
  }, [text]);

  const runbook = chosen.value;
  const preview = async (): Promise<void> => {
    setError(null);
    try {
      plan.value = (await query(PlanRunbook, { input: { runbookId: runbook!.id, incidentId, inputs: typed(runbook!.inputs, values.value) } })).planRunbook ?? null;
    } catch (refusal) {
      setError(refusal);
    }
  };
  const start = () =>
    submit(async () => {
      const { startRunbook: execution } = await mutate(StartRunbook, { runbookId: runbook!.id, incidentId, inputs: typed(runbook!.inputs, values.value) });
      const show = (): void => navigate(`executions/${execution.id}`);
      if (isOpen()) show();
      else showToast(`${runbook!.name} is started`, 'done', { label: 'Show it', run: show });
    });

  if (!runbook) {
    return (
      // The dialogs have keys: the second one takes the focus, whose button was in the first one.
      <Dialog key="choose" title="Start a runbook" onClose={closeDialog}>
        {searchable && (
          <Field label="Find a runbook">{(attributes) => <input {...attributes} type="search" autofocus autocomplete="off" maxLength={200} value={text} onInput={(event) => setText(event.currentTarget.value)} />}</Field>
        )}
        {failure.value ? (
          <Failure error={failure.value} what="the runbooks" onRetry={() => load()} />
        ) : found.value === null ? (
          <Loading what="runbooks" />
        ) : found.value.nodes.length === 0 && text ? (
          <p class="muted">No runbook has “{text}” in its name.</p>
        ) : found.value.nodes.length === 0 ? (
          <div>
            <p>There is no runbook yet.</p>
            {mayAdminister() ? (
              <a class="button primary" href={href('runbooks/new')} onClick={closeDialog}>
                Write the first one
              </a>
            ) : (
              <p class="muted">An admin can write one under Runbooks.</p>
            )}
          </div>
        ) : (
          <div class="choices">
            {found.value.nodes.map((it) => (
              <button key={it.id} type="button" class="choice" onClick={() => choose(it)}>
                <Icon name="book" />
                <span class="choice-title">
                  {it.name}
                  {it.description && <span class="muted small-text one-line">{it.description}</span>}
                </span>
                <Icon name="right" />
              </button>
            ))}
            {found.value.pageInfo.hasNextPage && <p class="hint">Search to find others.</p>}
          </div>
        )}
      </Dialog>
    );
  }
  return (
    <Dialog key="inputs" title={runbook.name} onClose={closeDialog} wide={plan.value !== null}>
      {runbook.description && <p class="muted">{runbook.description}</p>}
      {!incidentId && <p class="hint">It runs without an incident. To run it for one, start it from the incident.</p>}
      <form onSubmit={(event) => event.preventDefault()}>
        {runbook.inputs.map((input) => (
          <InputField
            key={input.name}
            input={input}
            value={values.value[input.name] ?? ''}
            fault={faultOf(error, `inputs.${input.name}`)}
            onChange={(value) => {
              values.value = { ...values.value, [input.name]: value };
            }}
          />
        ))}
        {runbook.inputs.length === 0 && <p class="muted">It needs no inputs.</p>}
        <FormError error={error} fields={runbook.inputs.map((input) => `inputs.${input.name}`)} />
        {plan.value && <Plan plan={plan.value} />}
        <footer>
          <Button onClick={preview} title="Nothing is executed">
            What would it do?
          </Button>
          <Button kind="primary" icon="play" onClick={start} disabled={runbook.inputs.some((input) => input.required && values.value[input.name] === '')}>
            Start
          </Button>
        </footer>
      </form>
    </Dialog>
  );
}

function InputField({ input, value, fault, onChange }: { input: InputFieldsFragment; value: string | boolean; fault: string | undefined; onChange: (value: string | boolean) => void }) {
  if (input.type === 'BOOLEAN') {
    return (
      <label class="check">
        <input type="checkbox" checked={value === true} onChange={(event) => onChange(event.currentTarget.checked)} /> {input.name}
        {input.description && <span class="muted"> – {input.description}</span>}
      </label>
    );
  }
  return (
    <Field label={input.name} optional={!input.required} hint={input.description ?? undefined} fault={fault}>
      {(attributes) =>
        input.type === 'ENUM' ? (
          <select {...attributes} value={String(value)} onChange={(event) => onChange(event.currentTarget.value)}>
            {!input.required && <option value="">–</option>}
            {input.required && value === '' && <option value="">Choose…</option>}
            {input.values.map((it) => (
              <option key={it} value={it}>
                {it}
              </option>
            ))}
          </select>
        ) : (
          <input {...attributes} type="text" inputMode={input.type === 'INT' ? 'numeric' : undefined} required={input.required} autocomplete="off" maxLength={2000} value={String(value)} onInput={(event) => onChange(event.currentTarget.value)} />
        )
      }
    </Field>
  );
}

/** What a dry run found. */
export function Plan({ plan }: { plan: NonNullable<PlanRunbookQuery['planRunbook']> }) {
  return (
    <ol class="plan" aria-label="What it would do">
      {plan.steps.map((step) => (
        <li key={step.key} class={step.runs === false ? 'off' : undefined}>
          <span class="plan-title">{step.title}</span> <span class="muted small-text">{stepKindWord[step.kind]}</span>
          {step.runs === false && <span class="tag">skipped: its condition is false</span>}
          {step.runs == null && <span class="tag">depends on earlier steps</span>}
          {step.request && (
            <pre tabIndex={0}>
              {step.request.method} {step.request.url}
              {step.request.headers.map((header) => `\n${header.name}: ${header.value}`).join('')}
              {step.request.body ? `\n\n${step.request.body}` : ''}
            </pre>
          )}
          {step.message && <p class="quoted">{step.message}</p>}
          {step.unknown && <p class="muted small-text">Not known yet: {step.unknown}</p>}
        </li>
      ))}
    </ol>
  );
}
