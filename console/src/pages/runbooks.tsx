import { useSignal } from '@preact/signals';
import { useEffect, useMemo, useReducer, useRef, useState } from 'preact/hooks';
import { href } from '../base.ts';
import { ArchiveRunbook, RunbookById, RunbookList, RunbookVersions, type RunbookByIdQuery, type RunbookListQuery, type RunbookVersionsQuery } from '../generated/operations.ts';
import { mutate, query } from '../graphql.ts';
import { navigate, restoreScroll, route, setQuery } from '../router.ts';
import { mayAdminister, mayWrite } from '../session.ts';
import { useKeys } from '../shortcuts.ts';
import { epoch, onChange } from '../store.ts';
import { relative } from '../time.ts';
import { Icon } from '../ui/icons.tsx';
import { Markdown } from '../ui/markdown.tsx';
import { Gutter, layout } from '../ui/step-graph.tsx';
import { Breadcrumb, Button, closeDialog, Dialog, dialog, Empty, EmptyPage, ExecutionBadge, Failure, FormError, Loading, Menu, showToast, Time, useSubmission } from '../ui/widgets.tsx';
import { plural, stepKindWord } from '../words.ts';
import { Definition } from './execution.tsx';
import { startRunbook } from './runbook-start.tsx';
import { diff, excerpt, versionText } from './runbook-text.ts';

/** In a busy account the events of many executions are read again for together. */
const REREAD_DELAY = 2_000;

type Row = RunbookListQuery['runbooks']['nodes'][number];

/** Raised by events of runbooks in the feed, now and then: an execution of one began, went on or ended. */
function useRunbookChanges(): number {
  const [changes, raise] = useReducer((it: number) => it + 1, 0);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = onChange((_incident, event) => {
      if (!event.kind.startsWith('runbook_')) return;
      timer ??= setTimeout(() => {
        timer = undefined;
        raise(0);
      }, REREAD_DELAY);
    });
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, []);
  return changes;
}

export function RunbooksPage() {
  /** What was read, and for which search. */
  const shown = useSignal<{ readonly key: string; readonly rows: readonly Row[] } | null>(null);
  const cursor = useSignal<string | null>(null);
  const failure = useSignal<unknown>(null);
  const search = route.value.query.get('q') ?? '';
  const archived = route.value.query.get('archived') === 'true';
  const key = JSON.stringify([search, archived]);
  const rows = shown.value?.key === key || !failure.value ? (shown.value?.rows ?? null) : null;
  const [text, setText] = useState(search);
  const changes = useRunbookChanges();
  const reading = useRef(new AbortController());

  const load = async (after: string | null): Promise<void> => {
    // A late answer for another search, or from before a change, replaces no newer one.
    reading.current.abort();
    const { signal } = (reading.current = new AbortController());
    failure.value = null;
    const before = shown.peek()?.key === key ? shown.peek()!.rows : [];
    try {
      const first = after ? 100 : Math.min(200, Math.max(100, before.length));
      const { runbooks } = await query(RunbookList, { filter: { search: search || null, archived: archived || null }, first, after }, signal);
      shown.value = { key, rows: after ? [...before, ...runbooks.nodes] : runbooks.nodes };
      cursor.value = runbooks.pageInfo.hasNextPage ? (runbooks.pageInfo.endCursor ?? null) : null;
      restoreScroll();
    } catch (error) {
      if (!signal.aborted) failure.value = error;
    }
  };
  useEffect(() => {
    document.title = 'Runbooks';
    void load(null);
    return () => reading.current.abort();
  }, [search, archived, changes, epoch.value]);
  useEffect(() => {
    if (text === search) return undefined;
    const timer = setTimeout(() => change({ q: text }), 250);
    return () => clearTimeout(timer);
  }, [text]);
  useEffect(() => {
    // Back changes the address; what is being typed is not touched.
    if (document.activeElement?.id !== 'runbook-search') setText(search);
  }, [search]);
  const change = (part: { q?: string; archived?: boolean }): void => {
    const next = new URLSearchParams();
    const q = part.q ?? search;
    if (q) next.set('q', q);
    if (part.archived ?? archived) next.set('archived', 'true');
    setQuery(next, part.archived !== undefined);
  };
  useKeys({ '/': () => document.querySelector<HTMLInputElement>('#runbook-search')?.focus(), c: () => mayAdminister() && navigate('runbooks/new') });

  return (
    <main id="main" class="page">
      <h1 class="visually-hidden">Runbooks</h1>
      <div class="list-head">
        <div class="segments" role="group" aria-label="Which runbooks">
          <button type="button" aria-pressed={!archived} onClick={() => change({ archived: false })}>
            In use
          </button>
          <button type="button" aria-pressed={archived} onClick={() => change({ archived: true })}>
            Archived
          </button>
        </div>
        <div class="search">
          <Icon name="search" />
          <input id="runbook-search" type="search" placeholder="Search" aria-label="Search in names" maxLength={200} value={text} onInput={(event) => setText(event.currentTarget.value)} />
        </div>
        <div class="list-tools">
          {mayAdminister() && (
            <a class="button primary" href={href('runbooks/new')}>
              <Icon name="plus" />
              <span>New runbook</span>
            </a>
          )}
        </div>
      </div>
      {failure.value && !rows ? (
        <Failure error={failure.value} what="the runbooks" onRetry={() => load(null)} />
      ) : rows === null ? (
        <Loading what="runbooks" />
      ) : rows.length === 0 ? (
        search ? (
          <Empty title="Nothing matches" icon="search">
            <p>No runbook has “{search}” in its name.</p>
          </Empty>
        ) : (
          <Empty title={archived ? 'Nothing is archived' : 'No runbook yet'} icon="book">
            {!archived && <p>A runbook says what to do: steps for people, approvals, requests, waits. It is written once and executed for an incident.</p>}
            {!archived && mayAdminister() && (
              <a class="button primary" href={href('runbooks/new')}>
                Write the first one
              </a>
            )}
            {!archived && !mayAdminister() && <p>An admin writes them.</p>}
          </Empty>
        )
      ) : (
        <ul class="cards">
          {rows.map((row) => (
            <RunbookCard key={row.id} row={row} />
          ))}
        </ul>
      )}
      {failure.value && rows ? <Failure error={failure.value} what="the runbooks" onRetry={() => load(null)} /> : null}
      {cursor.value && rows && !failure.value && <Button onClick={() => load(cursor.value)}>More</Button>}
    </main>
  );
}

function RunbookCard({ row }: { row: Row }) {
  const last = row.executions.nodes[0];
  return (
    <li class="card">
      <div class="card-main">
        <h2>
          <a href={href(`runbooks/${row.id}`)}>{row.name}</a>
        </h2>
        {row.description && <p class="muted clamp">{row.description.replaceAll(/[#*_`]/g, '')}</p>}
        <p class="facts">
          {row.key && <span class="tag">{row.key}</span>}
          <span class="tag">version {row.version}</span>
          {row.attach && <span class="tag">{row.attach.mode === 'START' ? 'starts by itself' : 'is suggested'} on matching incidents</span>}
          {row.archivedAt && <span class="tag">archived {relative(row.archivedAt)}</span>}
        </p>
      </div>
      <div class="card-side">
        {last ? (
          <a class="last-execution" href={href(`executions/${last.id}`)}>
            <ExecutionBadge status={last.status} />
            <span class="muted small-text">
              {last.startedBy}, {relative(last.startedAt)}
            </span>
          </a>
        ) : (
          <span class="muted small-text">never executed</span>
        )}
        {mayWrite() && !row.archivedAt && (
          <Button small icon="play" label={`Start ${row.name}`} onClick={() => startRunbook(null, row.id)}>
            Start
          </Button>
        )}
      </div>
    </li>
  );
}

type Runbook = NonNullable<RunbookByIdQuery['runbook']>;

export function RunbookPage({ id }: { id: string }) {
  const runbook = useSignal<Runbook | null | undefined>(undefined);
  const failure = useSignal<unknown>(null);
  const changes = useRunbookChanges();
  const load = async (): Promise<void> => {
    try {
      runbook.value = (await query(RunbookById, { id: /^[0-9a-f-]{36}$/i.test(id) ? id : null })).runbook ?? null;
      failure.value = null;
      restoreScroll();
    } catch (error) {
      failure.value = error;
    }
  };
  useEffect(() => {
    void load();
  }, [id, changes, epoch.value]);
  const current = runbook.value;
  useEffect(() => {
    if (current) document.title = `${current.name} · Runbook`;
  }, [current]);
  const graph = useMemo(() => layout(current?.steps ?? []), [current]);
  const editable = Boolean(current && mayAdminister() && !current.archivedAt);
  useKeys({ s: () => current && mayWrite() && !current.archivedAt && startRunbook(null, current.id), e: () => editable && navigate(`runbooks/${id}/edit`), u: () => navigate('runbooks') });

  if (current === undefined) {
    return (
      <main id="main" class="page">
        {failure.value ? <Failure error={failure.value} what="the runbook" onRetry={load} /> : <Loading what="the runbook" />}
      </main>
    );
  }
  if (current === null) {
    return <EmptyPage title="There is no such runbook" to="runbooks" />;
  }
  return (
    <main id="main" class="page">
      <header class="incident-header">
        <Breadcrumb of={[{ path: 'runbooks', name: 'Runbooks' }, { name: current.key ?? 'runbook' }]} />
        <h1>{current.name}</h1>
        <div class="at-a-glance muted">
          <span>version {current.version}</span>
          <span>{plural(current.steps.length, 'step')}</span>
          <span>
            changed <Time at={current.updatedAt} both />
          </span>
          {current.archivedAt && <span class="tag">archived</span>}
        </div>
      </header>
      <div class="incident-actions" role="toolbar" aria-label="Actions">
        {mayWrite() && !current.archivedAt && (
          <Button kind="primary" icon="play" onClick={() => startRunbook(null, current.id)} hint="s">
            Start
          </Button>
        )}
        {editable && (
          <a class="button" href={href(`runbooks/${id}/edit`)}>
            <Icon name="edit" /> Edit <kbd aria-hidden="true">e</kbd>
          </a>
        )}
        <Button icon="branch" onClick={() => (dialog.value = <VersionsDialog id={id} version={current.version} />)}>
          Versions
        </Button>
        {editable && <Menu label="More actions" icon="more" items={[{ label: 'Archive it…', icon: 'close', danger: true, onSelect: () => (dialog.value = <ArchiveDialog runbook={current} onDone={load} />) }]} />}
      </div>
      <div class="columns">
        <div class="column-main">
          {current.description && (
            <section class="summary" aria-label="When to use it">
              <Markdown text={current.description} />
            </section>
          )}
          <section>
            <h2 class="section-title">Steps</h2>
            <ol class="steps">
              {current.steps.map((step, at) => (
                <li key={step.key} class="step">
                  <Gutter graph={graph} at={at} status={null} />
                  <div class="step-body">
                    <p class="step-head static">
                      <span class="step-title">{step.title}</span>
                      <span class="muted small-text">{stepKindWord[step.kind]}</span>
                      {step.approval && <span class="tag">{plural(step.approval.quorum, 'approval')}{step.approval.notRequester ? ', not by who starts it' : ''}</span>}
                      {step.when && <span class="tag">conditional</span>}
                    </p>
                    {(step.instructions || hasMore(step)) && (
                      <div class="step-details">
                        {step.instructions && <Markdown text={step.instructions} />}
                        <Definition definition={step} />
                      </div>
                    )}
                  </div>
                </li>
              ))}
            </ol>
          </section>
        </div>
        <aside class="column-side" aria-label="Details">
          <section>
            <h2>Inputs</h2>
            {current.inputs.length === 0 ? (
              <p class="muted">None.</p>
            ) : (
              <dl class="input-list">
                {current.inputs.map((input) => (
                  <div key={input.name}>
                    <dt>
                      <code>{input.name}</code> {input.required && <span class="tag">required</span>}
                    </dt>
                    <dd class="muted small-text">
                      {input.description}
                      {input.default !== null && input.default !== undefined && ` (default: ${String(input.default)})`}
                      {input.values.length > 0 && ` One of ${input.values.join(', ')}.`}
                    </dd>
                  </div>
                ))}
              </dl>
            )}
          </section>
          {current.attach && (
            <section>
              <h2>{current.attach.mode === 'START' ? 'Starts by itself if' : 'Is suggested if'}</h2>
              <pre tabIndex={0} class="wrap">{current.attach.condition}</pre>
            </section>
          )}
          <section>
            <h2>Executions</h2>
            {current.executions.nodes.length === 0 && <p class="muted">None yet.</p>}
            <ul class="plain-list">
              {current.executions.nodes.map((execution) => (
                <li key={execution.id} class="execution-line">
                  <a href={href(`executions/${execution.id}`)}>
                    {execution.startedBy}, {relative(execution.startedAt)}
                  </a>
                  <ExecutionBadge status={execution.status} />
                </li>
              ))}
            </ul>
          </section>
        </aside>
      </div>
    </main>
  );
}

const hasMore = (step: Runbook['steps'][number]): boolean => Boolean(step.when || step.http || step.wait || step.note || step.incident || step.runbook || step.retry || step.timeoutSeconds);

function ArchiveDialog({ runbook, onDone }: { runbook: Runbook; onDone: () => unknown }) {
  const title = `Archive ${runbook.name}`;
  const { error, submit } = useSubmission(title);
  return (
    <Dialog title={title} onClose={closeDialog}>
      <p>It can be read afterwards, but never started again. Running executions go on. This cannot be undone.</p>
      <FormError error={error} />
      <footer>
        <Button onClick={closeDialog}>Keep it</Button>
        <Button
          kind="danger"
          onClick={() =>
            submit(async () => {
              await mutate(ArchiveRunbook, { id: runbook.id, expectedVersion: runbook.version });
              showToast(`${runbook.name} is archived`);
              onDone();
            })
          }
        >
          Archive
        </Button>
      </footer>
    </Dialog>
  );
}

type Version = NonNullable<RunbookVersionsQuery['runbook']>['versions'][number];

function VersionsDialog({ id, version }: { id: string; version: number }) {
  const versions = useSignal<readonly Version[] | null>(null);
  const failure = useSignal<unknown>(null);
  const [chosen, setChosen] = useState(version);
  /** Reads the newest versions, or those before the oldest that was read. */
  const load = async (): Promise<void> => {
    failure.value = null;
    const known = versions.peek() ?? [];
    const before = known.at(-1)?.version ?? null;
    try {
      const { runbook } = await query(RunbookVersions, { id, first: 20, beforeVersion: before });
      // Asked for twice at once, they are added once.
      if (known === (versions.peek() ?? known)) versions.value = [...known, ...(runbook?.versions ?? [])];
    } catch (error) {
      failure.value = error;
    }
  };
  useEffect(() => {
    void load();
  }, []);
  const all = versions.value;
  const after = all?.find((it) => it.version === chosen);
  const before = all?.find((it) => it.version === chosen - 1);
  const lowest = all?.at(-1)?.version ?? 1;
  useEffect(() => {
    // The version before the oldest that was read.
    if (after && !before && chosen > 1) void load();
  }, [chosen, all]);
  const lines = useMemo(() => (after && (before || chosen === 1) ? (before ? excerpt(diff(versionText(before), versionText(after))) : diff('', versionText(after)).slice(1)) : null), [after, before]);
  return (
    <Dialog title="Versions" onClose={closeDialog} wide>
      {failure.value ? <Failure error={failure.value} what="the versions" onRetry={load} /> : null}
      {!all && !failure.value && <Loading what="versions" />}
      {all && (
        <div class="versions">
          <ol class="plain-list version-list">
            {all.map((it) => (
              <li key={it.version}>
                <button type="button" class="choice" aria-pressed={it.version === chosen} onClick={() => setChosen(it.version)}>
                  <strong>{it.version}</strong>
                  <span class="choice-title muted small-text">
                    {it.createdBy}, <Time at={it.createdAt} />
                  </span>
                </button>
              </li>
            ))}
            {lowest > 1 && (
              <li>
                <Button small onClick={load}>
                  Older
                </Button>
              </li>
            )}
          </ol>
          <div>
            <p class="muted small-text">{chosen === 1 ? 'The first version' : `What version ${chosen} changed`}</p>
            {lines && (
              <pre class="diff" tabIndex={0}>
                {lines.map((line, at) =>
                  line === null ? (
                    <span key={at} class="cut-line">
                      …{'\n'}
                    </span>
                  ) : (
                    <span key={at} class={line.kind}>
                      {line.kind === 'added' ? '+ ' : line.kind === 'removed' ? '− ' : '  '}
                      {line.text}
                      {'\n'}
                    </span>
                  ),
                )}
              </pre>
            )}
          </div>
        </div>
      )}
    </Dialog>
  );
}
