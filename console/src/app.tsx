import { effect, signal, untracked } from '@preact/signals';
import { Component, render, type ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect } from 'preact/hooks';
import { config, href, readConfig } from './base.ts';
import { detail, insights, Lazy, markdown, openLater } from './lazy.tsx';
import { live, reconnectNow } from './live.ts';
import { fillDemo, IncidentsPage } from './pages/incidents.tsx';
import { navigate, route } from './router.ts';
import { byCookie, endsSoon, mayWrite, me, session, signOut, start, tryOut } from './session.ts';
import { theme, type Theme } from './settings.ts';
import { useKeys } from './shortcuts.ts';
import { follow, unfollow } from './store.ts';
import { clock, now, zone, zoneLabel } from './time.ts';
import { Icon, type IconName } from './ui/icons.tsx';
import { Announcer, Button, closeDialog, dialog, EmptyPage, isMac, Loading, Menu, Toasts } from './ui/widgets.tsx';

/** Starts the console in an element of the page. */
export function startIn(element: HTMLElement): void {
  let followed = '';
  effect(() => {
    const state = session.value;
    // A modal dialog would lie over the sign-in page.
    if (state.kind === 'signedOut') closeDialog();
    const who = state.kind === 'signedIn' ? `${state.me.account} ${state.me.actor} ${state.me.role}` : '';
    if (who === followed) return;
    followed = who;
    untracked(() => (who ? follow() : unfollow()));
  });
  // Relative to the page that was loaded, it would mean something else after the next navigation.
  for (const icon of document.querySelectorAll<HTMLLinkElement>('link[rel=icon]')) icon.href = href('console/icon.svg');
  // The dialog belongs to the page that is left.
  addEventListener('popstate', closeDialog);
  render(<App />, element);
  void start();
}

function App() {
  const state = session.value;
  if (state.kind === 'starting') return <Loading what="the console" />;
  if (state.kind === 'unreachable') return <Unreachable />;
  return (
    <>
      {state.kind === 'signedOut' ? <Lazy of={detail} what="the sign-in page">{({ SignInPage }) => <SignInPage reason={state.reason} signInUrl={state.signInUrl} />}</Lazy> : <Shell />}
      {dialog.value}
      {!dialog.value && <Toasts />}
      <Announcer />
    </>
  );
}

function Unreachable() {
  useEffect(() => {
    const timer = setInterval(() => void start(), 4_000);
    return () => clearInterval(timer);
  }, []);
  return (
    <EmptyPage title="The service does not answer" icon="warning">
      <p>This page tries again every few seconds.</p>
      <Button icon="retry" onClick={start}>
        Try now
      </Button>
    </EmptyPage>
  );
}

const places: readonly { path: string; name: string; icon: IconName; key: string }[] = [
  { path: 'incidents', name: 'Incidents', icon: 'flame', key: 'i' },
  { path: 'runbooks', name: 'Runbooks', icon: 'book', key: 'b' },
  { path: 'insights', name: 'Insights', icon: 'chart', key: 't' },
];

const current = (path: string): boolean => {
  const first = route.value.path[0] ?? 'incidents';
  return first === path || (path === 'runbooks' && first === 'executions');
};

let waitingForPlace = 0;

const openPalette = (): void => openLater(({ Palette }) => <Palette />);
const showKeys = (): void => openLater(({ KeysDialog }) => <KeysDialog />);
const openZones = (): void => openLater(({ ZoneDialog }) => <ZoneDialog />);

function Shell() {
  const newest = useNewVersion();
  useEffect(() => {
    // What comes next is read when the first page is there.
    const timer = setTimeout(() => void detail.get().then(() => markdown.get()).catch(() => undefined), 1_200);
    return () => clearTimeout(timer);
  }, []);
  useLayoutEffect(() => {
    // Ctrl+K works wherever the focus is, except in a dialog, whose text would be lost.
    const onKey = (event: KeyboardEvent): void => {
      if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === 'k') {
        event.preventDefault();
        if (!dialog.peek()) openPalette();
      }
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);
  useKeys({
    '?': showKeys,
    g: () => (waitingForPlace = Date.now()),
    ...Object.fromEntries(places.map((place) => [place.key, () => Date.now() - waitingForPlace < 1_500 && navigate(place.path)])),
  });
  return (
    <>
      <a class="skip" href="#main" onClick={(event) => {
        event.preventDefault();
        const main = document.getElementById('main');
        main?.setAttribute('tabindex', '-1');
        main?.focus();
      }}>
        Skip to the content
      </a>
      <header class="top">
        <a class="brand" href={href('incidents')} aria-label="Incidents, the start page">
          <svg viewBox="0 0 32 32" aria-hidden="true">
            <path d="M3 17h7l3-9 6 17 3.500-8H29" />
          </svg>
        </a>
        <nav class="places" aria-label="Pages">
          {places.map((place) => (
            <a key={place.path} href={href(place.path)} aria-current={current(place.path) ? 'page' : undefined}>
              <Icon name={place.icon} />
              <span>{place.name}</span>
            </a>
          ))}
        </nav>
        <span class="spacer" />
        <LiveState />
        <button type="button" class="button quiet palette-button" onClick={openPalette} title="Search and commands" aria-keyshortcuts="Control+K">
          <Icon name="search" />
          <span class="visually-hidden">Search and commands</span>
          <kbd class="wide-only">{isMac ? '⌘K' : 'Ctrl K'}</kbd>
        </button>
        <button type="button" class="button quiet zone-button" onClick={() => openZones()} aria-label={`Time zone: ${zoneLabel(zone.value, now.value)}, ${zone.value}`} title={`Times are in ${zone.value}`}>
          <Icon name="globe" />
          <span class="wide-only">{zoneLabel(zone.value, now.value)}</span>
        </button>
        <PersonMenu />
      </header>
      <Banners newest={newest} />
      <Guard key={route.value.path.join('/')}>
        <Page />
      </Guard>
    </>
  );
}

function Page() {
  const [first, second, third] = route.value.path;
  switch (first) {
    case undefined:
    case 'incidents':
      return second ? (
        <Lazy of={detail} what="the incident">
          {({ IncidentPage }) => <IncidentPage key={second} reference={second} />}
        </Lazy>
      ) : (
        <IncidentsPage />
      );
    case 'runbooks':
      return (
        <Lazy of={detail} what="runbooks">
          {({ RunbooksPage, RunbookPage, RunbookEditorPage }) =>
            !second ? (
              <RunbooksPage />
            ) : second === 'new' || third === 'edit' ? (
              <RunbookEditorPage key={second} id={second === 'new' ? null : second} />
            ) : (
              <RunbookPage key={second} id={second} />
            )
          }
        </Lazy>
      );
    case 'executions':
      if (!second) break;
      return (
        <Lazy of={detail} what="the execution">
          {({ ExecutionPage }) => <ExecutionPage key={second} id={second} />}
        </Lazy>
      );
    case 'insights':
      return (
        <Lazy of={insights} what="insights">
          {({ InsightsPage }) => <InsightsPage />}
        </Lazy>
      );
  }
  return <EmptyPage title="There is no such page" to="incidents" />;
}

/** Shows what went wrong in a page instead of an empty window. */
class Guard extends Component<{ children: ComponentChildren }, { error: unknown }> {
  override state = { error: null as unknown };

  override componentDidCatch(error: unknown): void {
    console.error(error);
    this.setState({ error });
  }

  override render() {
    if (!this.state.error) return this.props.children;
    return (
      <EmptyPage title="This page failed" icon="warning">
        <p>{String(this.state.error)}</p>
        <Button kind="primary" onClick={() => location.reload()}>
          Load it again
        </Button>
      </EmptyPage>
    );
  }
}

function LiveState() {
  const state = live.value;
  if (state.kind === 'live') {
    return (
      <span class="live on" title="Changes appear at once">
        <span class="dot" aria-hidden="true" />
        <span>Live</span>
      </span>
    );
  }
  return (
    <span class={state.kind === 'lost' ? 'live off' : 'live'}>
      <span class="dot" aria-hidden="true" />
      <span>{state.kind === 'lost' ? 'Not live' : 'Connecting…'}</span>
    </span>
  );
}

function PersonMenu() {
  const mine = me();
  if (!mine) return null;
  const themes: readonly [Theme, string][] = [
    ['auto', 'Theme of the system'],
    ['light', 'Light'],
    ['dark', 'Dark'],
  ];
  return (
    <Menu
      label={`${mine.actor}, ${mine.role}`}
      icon="user"
      kind="quiet"
      items={[
        tryOut.value && { label: 'Act as somebody else…', icon: 'user', onSelect: () => openLater(({ ActAsDialog }) => <ActAsDialog />) },
        tryOut.value && mayWrite() && { label: 'Fill with examples', icon: 'bolt', onSelect: fillDemo },
        ...themes.map(([name, label]) => ({ label, checked: theme.value === name, onSelect: () => (theme.value = name) })),
        { label: 'Keys', icon: 'key', hint: '?', onSelect: showKeys },
        !byCookie() && { label: 'Sign out', icon: 'left', onSelect: signOut },
      ]}
    >
      <span class="wide-only person">
        {mine.actor} <span class="muted">{mine.role}</span>
      </span>
    </Menu>
  );
}

function Banners({ newest }: { newest: boolean }) {
  const state = live.value;
  const end = endsSoon.value;
  return (
    <div class="banners">
      {state.kind === 'lost' && (
        <div class="banner warning" role="status">
          <Icon name="warning" />
          <span>
            Not live since {clock(state.since)}, reconnecting. What you see may be older.
          </span>
          <button type="button" class="link" onClick={reconnectNow}>
            Now
          </button>
        </div>
      )}
      {end !== null && (
        <div class="banner warning" role="status">
          <Icon name="key" />
          <span>Your session ends at {clock(end)}.</span>
          <button type="button" class="link" onClick={() => openLater(({ RenewDialog }) => <RenewDialog />)}>
            Continue it
          </button>
        </div>
      )}
      {newest && (
        <div class="banner" role="status">
          <Icon name="bolt" />
          <span>A new version of the console is there.</span>
          <button type="button" class="link" onClick={() => location.reload()}>
            Load it
          </button>
        </div>
      )}
    </div>
  );
}

const newVersion = signal(false);

/** Looks for a new build after the connection came back, and now and then. */
function useNewVersion(): boolean {
  const connected = live.value.kind === 'live';
  useEffect(() => {
    if (!connected || !config.build) return undefined;
    const look = async (): Promise<void> => {
      try {
        const { build } = await readConfig();
        if (build && build !== config.build) newVersion.value = true;
      } catch {
        // Offline; the next time.
      }
    };
    const timer = setInterval(() => void look(), 600_000);
    void look();
    return () => clearInterval(timer);
  }, [connected]);
  return newVersion.value;
}
