import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { href } from '../base.ts';
import { keepDraft, readFields } from '../drafts.ts';
import { ApiError, errorText, withIdempotencyKey } from '../graphql.ts';
import { editor as editorPart } from '../lazy.tsx';
import type { Editor, Fault, PlacedFault } from '../lazy/editor.ts';
import { navigate } from '../router.ts';
import { authorization, mayAdminister } from '../session.ts';
import { Icon } from '../ui/icons.tsx';
import { Breadcrumb, Button, closeDialog, Dialog, dialog, EmptyPage, Failure, Loading, showToast } from '../ui/widgets.tsx';
import { forgetRunbookNames } from './runbook-start.tsx';
import { diff, excerpt } from './runbook-text.ts';

const template = `key: restart-service
name: Restart a service
description: |
  For a service that hangs. Say when to use it, and when not.
inputs:
  - name: service
    required: true
    description: The service to restart
steps:
  - title: Look at the dashboards
    kind: manual
    instructions: |
      Is it really the service, or what it depends on?
  - title: Approve the restart
    kind: approval
    approval:
      quorum: 1
      not_requester: true
  - title: Say so
    kind: note
    note:
      message: Restarting \${inputs.service}.
`;

interface Source {
  readonly text: string;
  /** Of the version that is edited. */
  readonly etag: string | null;
  readonly name: string;
}

async function rest(method: string, path: string, headers: Record<string, string>, body?: string): Promise<Response> {
  try {
    return await fetch(href(path), { method, headers: { ...authorization(), ...headers }, credentials: 'same-origin', ...(body === undefined ? {} : { body }), signal: AbortSignal.timeout(20_000) });
  } catch {
    throw new ApiError('The service cannot be reached', 'unreachable');
  }
}

async function read(id: string): Promise<Source | null> {
  const response = await rest('GET', `api/v1/runbooks/${encodeURIComponent(id)}`, { Accept: 'application/yaml' });
  if (response.status === 404) return null;
  if (!response.ok) throw new ApiError(`The service answered ${response.status}`, 'internal');
  const text = await response.text();
  return { text, etag: response.headers.get('ETag'), name: /^name: *(.*)$/m.exec(text)?.[1]?.replace(/^['"]|['"]$/g, '') ?? 'Runbook' };
}

/** A text that is not saved, and the ETag of the version that it was written from: a later version is not overwritten unseen. */
interface Draft {
  readonly text: string;
  readonly etag: string | null;
}

const draftName = (id: string | null): string => `runbook.${id ?? 'new'}`;

export function RunbookEditorPage({ id }: { id: string | null }) {
  const source = useSignal<Source | null | undefined>(undefined);
  const failure = useSignal<unknown>(null);
  const faults = useSignal<readonly PlacedFault[]>([]);
  const refusal = useSignal<string | null>(null);
  const dirty = useSignal(false);
  /** The text is a draft that was kept: of this version, or of an older one. */
  const restored = useSignal<'current' | 'outdated' | null>(null);
  /** The ETag of the version that the text in the editor was written from. */
  const writtenFrom = useRef<string | null>(null);
  const host = useRef<HTMLDivElement>(null);
  const editor = useRef<Editor | null>(null);

  const load = async (): Promise<void> => {
    try {
      source.value = id === null ? { text: template, etag: null, name: 'New runbook' } : await read(id);
      failure.value = null;
    } catch (error) {
      failure.value = error;
    }
  };
  useEffect(() => {
    document.title = 'Edit a runbook';
    void load();
  }, [id]);

  const ready = Boolean(source.value) && editorPart.loaded.value !== null;
  if (source.value) editorPart.get().catch((error: unknown) => (failure.value ??= error));
  useEffect(() => {
    const module = editorPart.loaded.value;
    if (!ready || !module || !host.current || !source.peek()) return undefined;
    const { text, etag } = source.peek()!;
    const kept = readFields<Draft>(draftName(id));
    const draft = kept && kept.text !== text ? kept : null;
    restored.value = draft && (draft.etag === etag ? 'current' : 'outdated');
    dirty.value = draft !== null;
    writtenFrom.current = draft ? draft.etag : etag;
    editor.current = module.createEditor(
      host.current,
      draft?.text ?? text,
      'The runbook in YAML',
      () => {
        dirty.value = true;
        const written = editor.current?.text();
        if (written !== undefined) keepDraft(draftName(id), JSON.stringify({ text: written, etag: writtenFrom.current } satisfies Draft));
      },
      () => void save(),
    );
    return () => {
      editor.current?.destroy();
      editor.current = null;
    };
  }, [ready, source.value]);

  const mark = (found: readonly Fault[]): void => {
    faults.value = editor.current?.mark(found) ?? [];
    if (faults.value[0]) editor.current?.goTo(faults.value[0].line);
  };

  const save = async (etag = writtenFrom.current): Promise<void> => {
    const module = editorPart.loaded.peek();
    const text = editor.current?.text();
    if (!module || text === undefined) return;
    refusal.value = null;
    const checked = module.check(text);
    if (checked.faults.length > 0) {
      mark(checked.faults);
      return;
    }
    // A member that is not in the text is emptied: a patch would keep it.
    const emptied = id === null ? [] : ['key', 'description', 'inputs', 'attach'].filter((name) => !checked.members.includes(name));
    const body = text.replace(/\n*$/, '\n') + emptied.map((name) => `${name}: null\n`).join('');
    try {
      const response = await withIdempotencyKey([id, etag, body], async (key) => {
        const answer = await rest(
          id === null ? 'POST' : 'PATCH',
          id === null ? 'api/v1/runbooks' : `api/v1/runbooks/${encodeURIComponent(id)}`,
          { 'Content-Type': 'application/yaml', Accept: 'application/json', 'Idempotency-Key': key, ...(etag ? { 'If-Match': etag } : {}) },
          body,
        );
        if (answer.status >= 500) throw new ApiError(`The service answered ${answer.status}`, 'unreachable');
        return answer;
      });
      const answer = (await response.json().catch(() => ({}))) as { id?: string; version?: number; detail?: string; errors?: Fault[] };
      if (response.ok) {
        faults.value = [];
        dirty.value = false;
        keepDraft(draftName(id), null);
        forgetRunbookNames();
        showToast(`Saved as version ${answer.version ?? 1}`);
        navigate(`runbooks/${answer.id ?? id ?? ''}`);
      } else if (response.status === 412 && id !== null) {
        const theirs = await read(id);
        if (theirs) dialog.value = <ConflictDialog mine={text} theirs={theirs} onOverwrite={() => save(theirs.etag)} />;
      } else if (answer.errors?.length) {
        mark(answer.errors);
      } else {
        mark([]);
        refusal.value = answer.detail ?? `The service answered ${response.status}`;
      }
    } catch (error) {
      refusal.value = errorText(error);
    }
  };

  if (!mayAdminister()) {
    return <EmptyPage title="Runbooks are written by admins" icon="shield" to="runbooks" />;
  }
  if (source.value === null) {
    return <EmptyPage title="There is no such runbook" to="runbooks" />;
  }
  return (
    <main id="main" class="page editor-page">
      <header class="editor-head">
        <div>
          <Breadcrumb of={[{ path: 'runbooks', name: 'Runbooks' }, ...(id !== null && source.value ? [{ path: `runbooks/${id}`, name: source.value.name }] : []), { name: id === null ? 'new' : 'edit' }]} />
          <h1>{id === null ? 'New runbook' : `Edit ${source.value?.name ?? 'the runbook'}`}</h1>
        </div>
        <div class="editor-tools">
          {dirty.value && <span class="muted small-text">Not saved</span>}
          <a class="button" href={href(id === null ? 'runbooks' : `runbooks/${id}`)} onClick={() => keepDraft(draftName(id), null)}>
            Discard
          </a>
          <Button kind="primary" onClick={() => save()} disabled={!ready} hint="Ctrl S">
            Save
          </Button>
        </div>
      </header>
      {restored.value && (
        <p class="banner">
          <Icon name="edit" />
          <span>This is what you wrote and did not save.{restored.value === 'outdated' && ' Somebody has saved another version since.'}</span>
        </p>
      )}
      {failure.value ? <Failure error={failure.value} what="the runbook" onRetry={load} /> : null}
      {!ready && !failure.value && <Loading what="the editor" />}
      {refusal.value && (
        <p class="form-error" role="alert">
          <Icon name="warning" />
          {refusal.value}
        </p>
      )}
      {faults.value.length > 0 && (
        <div class="faults" role="alert">
          <p>
            <Icon name="warning" /> {faults.value.length === 1 ? 'One fault; nothing is saved yet.' : `${faults.value.length} faults; nothing is saved yet.`}
          </p>
          <ol>
            {faults.value.map((fault) => (
              <li key={`${fault.field}${fault.message}`}>
                <button type="button" class="link" onClick={() => editor.current?.goTo(fault.line)}>
                  Line {fault.line}
                </button>{' '}
                {fault.field && <code>{fault.field}</code>} {fault.message}
              </li>
            ))}
          </ol>
        </div>
      )}
      <div class={ready ? 'editor-host' : 'editor-host loading-editor'} ref={host} />
      {ready && <p class="hint">Conditions are CEL; strings are templates, <code>{'${inputs.name}'}</code>. Esc, then Tab, leaves the editor.</p>}
    </main>
  );
}

function ConflictDialog({ mine, theirs, onOverwrite }: { mine: string; theirs: Source; onOverwrite: () => unknown }) {
  const lines = excerpt(diff(theirs.text.trimEnd(), mine.trimEnd()));
  return (
    <Dialog title="Somebody saved another version" onClose={closeDialog} wide>
      <p>Nothing of yours is saved yet. This is what saving your text would change in the newest version:</p>
      <pre class="diff" tabIndex={0}>
        {lines.map((line, at) => (
          <span key={at} class={line === null ? 'cut-line' : line.kind}>
            {line === null ? '…' : `${line.kind === 'added' ? '+ ' : line.kind === 'removed' ? '− ' : '  '}${line.text}`}
            {'\n'}
          </span>
        ))}
      </pre>
      <footer>
        <Button onClick={closeDialog}>Go on editing</Button>
        <Button
          kind="primary"
          onClick={async () => {
            closeDialog();
            await onOverwrite();
          }}
        >
          Save mine over it
        </Button>
      </footer>
    </Dialog>
  );
}
