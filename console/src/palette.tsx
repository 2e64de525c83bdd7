import { useSignal } from '@preact/signals';
import { useEffect, useRef, useState } from 'preact/hooks';
import { IncidentList } from './generated/operations.ts';
import { query } from './graphql.ts';
import { openIncident } from './pages/incident-actions.tsx';
import { startRunbook } from './pages/runbook-start.tsx';
import { RunbookNames } from './generated/operations.ts';
import { navigate, route } from './router.ts';
import { mayAdminister, mayWrite } from './session.ts';
import { theme, zonePreference } from './settings.ts';
import { incidentByNumber } from './store.ts';
import { browserZone, full, now, zone } from './time.ts';
import { Icon, SeverityIcon, type IconName } from './ui/icons.tsx';
import { Button, closeDialog, Dialog, dialog, Field, isConversion } from './ui/widgets.tsx';
import { statusWord } from './words.ts';
import type { Severity } from './generated/operations.ts';

interface Command {
  readonly id: string;
  readonly title: string;
  readonly detail?: string;
  readonly icon: IconName;
  readonly severity?: Severity;
  readonly run: () => unknown;
}

const go = (path: string) => (): void => navigate(path);

function fixedCommands(): Command[] {
  const [first, second] = route.value.path;
  const here = first === 'incidents' && second ? incidentByNumber(Number(second))?.peek() : undefined;
  return [
    ...(here && mayWrite() ? [{ id: 'run-here', title: `Start a runbook for #${here.number}`, icon: 'play' as const, run: () => startRunbook(here.id) }] : []),
    ...(mayWrite() ? [{ id: 'open', title: 'Open an incident', icon: 'plus' as const, run: openIncident }] : []),
    { id: 'incidents', title: 'Go to incidents', icon: 'flame', run: go('incidents') },
    { id: 'all', title: 'Go to all incidents, finished ones too', icon: 'list', run: go('incidents?view=all') },
    { id: 'runbooks', title: 'Go to runbooks', icon: 'book', run: go('runbooks') },
    { id: 'insights', title: 'Go to insights: MTTA, MTTM, MTTR', icon: 'chart', run: go('insights') },
    ...(mayAdminister() ? [{ id: 'new-runbook', title: 'Write a new runbook', icon: 'edit' as const, run: go('runbooks/new') }] : []),
    { id: 'zone', title: 'Change the time zone', detail: zone.value, icon: 'globe', run: () => (dialog.value = <ZoneDialog />) },
    { id: 'utc', title: 'Show times in UTC', icon: 'globe', run: () => (zonePreference.value = 'UTC') },
    { id: 'dark', title: 'Dark theme', icon: 'sun', run: () => (theme.value = 'dark') },
    { id: 'light', title: 'Light theme', icon: 'sun', run: () => (theme.value = 'light') },
    { id: 'keys', title: 'Show the keys', icon: 'key', run: () => (dialog.value = <KeysDialog />) },
  ];
}

export function Palette() {
  const text = useSignal('');
  /** What the service found, and for which text. */
  const found = useSignal<{ readonly text: string; readonly commands: readonly Command[] }>({ text: '', commands: [] });
  /** Enter was pressed before anything was found. */
  const runFirst = useRef(false);
  const [at, setAt] = useState(0);
  const list = useRef<HTMLUListElement>(null);
  const wanted = text.value.trim().toLowerCase();

  useEffect(() => {
    setAt(0);
    runFirst.current = false;
    const controller = new AbortController();
    const timer = setTimeout(() => {
      const asked = text.value.trim();
      void search(asked, controller.signal).then(
        (commands) => {
          found.value = { text: asked, commands };
          if (runFirst.current) run(commands[0]);
        },
        // The commands and pages are offered without what was searched for.
        () => undefined,
      );
    }, 120);
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
  }, [text.value]);

  const hasWords = (command: Command): boolean => wanted.split(/\s+/).every((word) => command.title.toLowerCase().includes(word));
  const number = /^#?(\d{1,9})$/.exec(wanted)?.[1];
  const commands: Command[] = [
    ...(number ? [{ id: 'number', title: `Go to incident #${number}`, icon: 'right' as const, run: go(`incidents/${number}`) }] : []),
    ...fixedCommands().filter(hasWords),
    // Of what was found for a former text, only what matches this one too: Enter must not open something else.
    ...found.value.commands.filter((command) => found.value.text === text.value.trim() || hasWords(command)),
  ].slice(0, 30);
  const selected = Math.min(at, commands.length - 1);
  useEffect(() => list.current?.querySelector('[aria-selected=true]')?.scrollIntoView({ block: 'nearest' }), [selected]);

  const run = (command: Command | undefined): void => {
    if (!command) return;
    closeDialog();
    void command.run();
  };
  return (
    <Dialog title={<span class="visually-hidden">Search and commands</span>} onClose={closeDialog}>
      <div class="palette">
        <input
          type="text"
          role="combobox"
          aria-label="Go to an incident or a page, or do something"
          aria-expanded="true"
          aria-controls="palette-list"
          aria-activedescendant={commands[selected] ? `palette-${commands[selected].id}` : undefined}
          placeholder="Incident, page or action"
          autofocus
          autocomplete="off"
          spellcheck={false}
          value={text.value}
          onInput={(event) => (text.value = event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === 'ArrowDown') setAt((selected + 1) % Math.max(1, commands.length));
            else if (event.key === 'ArrowUp') setAt((selected - 1 + commands.length) % Math.max(1, commands.length));
            else if (event.key === 'Enter' && !isConversion(event)) {
              if (commands[selected]) run(commands[selected]);
              else runFirst.current = true;
            }
            else return;
            event.preventDefault();
          }}
        />
        <ul ref={list} id="palette-list" role="listbox" aria-label="Results">
          {commands.map((command, index) => (
            <li key={command.id} id={`palette-${command.id}`} role="option" aria-selected={index === selected} onPointerMove={() => index !== selected && setAt(index)} onClick={() => run(command)}>
              {command.severity ? <SeverityIcon severity={command.severity} /> : <Icon name={command.icon} />}
              <span class="one-line">{command.title}</span>
              {command.detail && <span class="muted small-text">{command.detail}</span>}
            </li>
          ))}
          {commands.length === 0 && <li class="muted">Nothing found</li>}
        </ul>
      </div>
    </Dialog>
  );
}

async function search(text: string, signal: AbortSignal): Promise<Command[]> {
  const isNumber = /^#?\d+$/.test(text);
  const [{ incidents }, { runbooks }] = await Promise.all([
    query(IncidentList, { filter: text && !isNumber ? { search: text } : { status: ['OPEN', 'ACKNOWLEDGED', 'MITIGATING'] }, orderBy: text ? 'OPENED_AT_DESC' : 'SEVERITY_DESC', first: 8, after: null }, signal),
    query(RunbookNames, { first: 5, search: text && !isNumber ? text : null }, signal),
  ]);
  return [
    ...(isNumber ? [] : incidents.nodes).map((incident) => ({
      id: incident.id,
      title: `#${incident.number} ${incident.title}`,
      detail: statusWord[incident.status],
      icon: 'flame' as const,
      severity: incident.severity,
      run: go(`incidents/${incident.number}`),
    })),
    ...(isNumber ? [] : runbooks.nodes).map((runbook) => ({ id: runbook.id, title: runbook.name, detail: 'Runbook', icon: 'book' as const, run: go(`runbooks/${runbook.id}`) })),
  ];
}

const keys: readonly (readonly [string, readonly (readonly [string, string])[]])[] = [
  [
    'Everywhere',
    [
      ['Ctrl K', 'Search, or run a command'],
      ['?', 'These keys'],
      ['g i', 'Incidents'],
      ['g b', 'Runbooks'],
      ['g t', 'Insights'],
      ['Esc', 'Close; leave a field'],
    ],
  ],
  [
    'Incidents',
    [
      ['j  k', 'Next, previous'],
      ['Enter', 'Open it'],
      ['x', 'Select it'],
      ['a', 'Acknowledge'],
      ['o', 'Change the owner'],
      ['/', 'Search'],
      ['c', 'Open an incident'],
      ['.', 'Show what is new'],
    ],
  ],
  [
    'An incident',
    [
      ['a', 'Acknowledge'],
      ['m', 'Mitigating'],
      ['r', 'Resolve'],
      ['n', 'Write a note'],
      ['Ctrl ↵', 'Add the note'],
      ['o', 'Change the owner'],
      ['e', 'Edit'],
      ['s', 'Start a runbook'],
      ['y', 'Copy as Markdown'],
      ['u', 'Back to the list'],
    ],
  ],
];

export function KeysDialog() {
  return (
    <Dialog title="Keys" onClose={closeDialog} wide>
      <div class="keys">
        {keys.map(([title, rows]) => (
          <section key={title}>
            <h3>{title}</h3>
            <dl>
              {rows.map(([key, what]) => (
                <div key={key}>
                  <dt>
                    {key.split(' ').filter(Boolean).map((part) => (
                      <kbd key={part}>{part}</kbd>
                    ))}
                  </dt>
                  <dd>{what}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}

export function ZoneDialog() {
  const all = Intl.supportedValuesOf('timeZone');
  const [text, setText] = useState('');
  const wanted = text.trim().toLowerCase().replaceAll(' ', '_');
  const common = [...new Set([browserZone, 'UTC', zone.value])];
  const found = wanted ? ['UTC', ...all].filter((name) => name.toLowerCase().includes(wanted)).slice(0, 40) : common;
  const choose = (name: string): void => {
    zonePreference.value = name === browserZone ? '' : name;
    closeDialog();
  };
  return (
    <Dialog title="Time zone" onClose={closeDialog}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (found[0]) choose(found[0]);
        }}
      >
        <Field label="Find a time zone" hint="All times, days and hours are shown in it.">
          {(attributes) => <input {...attributes} type="search" autofocus autocomplete="off" placeholder="Berlin" value={text} onInput={(event) => setText(event.currentTarget.value)} />}
        </Field>
        <div class="choices">
          {found.map((name) => (
            <button key={name} type="button" class="choice" aria-pressed={name === zone.value} onClick={() => choose(name)}>
              {name === zone.value ? <Icon name="check" /> : <Icon name="globe" />}
              <span class="choice-title">
                {name.replaceAll('_', ' ')} {name === browserZone && <span class="muted">this computer</span>}
              </span>
              <span class="muted small-text">{new Intl.DateTimeFormat('en-GB', { timeZone: name, hour: '2-digit', minute: '2-digit', timeZoneName: 'shortOffset' }).format(now.value)}</span>
            </button>
          ))}
          {found.length === 0 && <p class="muted">No time zone has this name.</p>}
        </div>
        <footer>
          <span class="muted small-text">Now: {full(now.value)}</span>
          <Button onClick={closeDialog}>Close</Button>
        </footer>
      </form>
    </Dialog>
  );
}
