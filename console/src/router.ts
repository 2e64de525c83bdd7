import { effect, signal } from '@preact/signals';
import { basePath, href } from './base.ts';

export interface Route {
  /** The segments of the path below the base. */
  readonly path: readonly string[];
  readonly query: URLSearchParams;
}

function read(): Route {
  const path = location.pathname.startsWith(basePath) ? location.pathname.slice(basePath.length) : '';
  return { path: path.split('/').filter(Boolean).map(decodeSegment), query: new URLSearchParams(location.search) };
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

export const route = signal<Route>(read());

/** The scroll position to restore once the page has its content; null for a page that was not reached by Back or Forward. */
let scrollToRestore: number | null = null;

/** The path of the list of incidents as it was last shown, with its filters. */
export let listPath = 'incidents';

history.scrollRestoration = 'manual';

/** Remembers where this entry of the history was scrolled to. */
function rememberScroll(): void {
  history.replaceState({ ...history.state, scroll: scrollY }, '');
}

let scrollTimer: ReturnType<typeof setTimeout> | undefined;
addEventListener(
  'scroll',
  () => {
    clearTimeout(scrollTimer);
    scrollTimer = setTimeout(rememberScroll, 150);
  },
  { passive: true },
);

/** Goes to a path below the base. */
export function navigate(path: string): void {
  rememberScroll();
  history.pushState({}, '', href(path));
  scrollToRestore = null;
  route.value = read();
  scrollTo(0, 0);
}

export function replace(path: string): void {
  history.replaceState(history.state, '', href(path));
  route.value = read();
}

/** Changes the query of the page. `push` makes an entry in the history, so that Back undoes it. */
export function setQuery(query: URLSearchParams, push: boolean): void {
  const text = query.toString().replaceAll('%2C', ',').replaceAll('%3A', ':');
  const target = location.pathname + (text ? `?${text}` : '');
  if (push) {
    rememberScroll();
    history.pushState({}, '', target);
  } else {
    history.replaceState(history.state, '', target);
  }
  route.value = read();
}

addEventListener('popstate', () => {
  clearTimeout(scrollTimer);
  scrollToRestore = Number((history.state as { scroll?: number } | null)?.scroll ?? 0);
  route.value = read();
});

effect(() => {
  const { path } = route.value;
  if ((path[0] ?? 'incidents') === 'incidents' && path.length <= 1) listPath = `incidents${location.search}`;
});

/** Restores the scroll position after Back, once. Called by a page when its content is there. */
export function restoreScroll(): void {
  if (scrollToRestore !== null) {
    scrollTo(0, scrollToRestore);
    scrollToRestore = null;
  }
}

// Links to pages of the console are followed without loading it again.
addEventListener('click', (event) => {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = (event.target as Element | null)?.closest?.('a');
  if (!link || link.target || link.hasAttribute('download') || link.origin !== location.origin) return;
  if (!link.pathname.startsWith(basePath) || !isPage(link.pathname.slice(basePath.length))) return;
  event.preventDefault();
  navigate(link.pathname.slice(basePath.length) + link.search);
});

const isPage = (path: string): boolean => /^(incidents|runbooks|executions|insights)?(\/|$)/.test(path);
