import { signal } from '@preact/signals';
import { config, href, loadConfig } from './base.ts';
import { forgetDrafts } from './drafts.ts';

/** Who the service says I am: `GET /api/v1/me`. */
export interface Me {
  readonly account: string;
  readonly role: string;
  readonly actor: string;
  /** When the credentials end; null for never. */
  readonly expiresAt: string | null;
  readonly permissions: readonly string[];
}

export type SessionState =
  | { readonly kind: 'starting' }
  | { readonly kind: 'unreachable' }
  | { readonly kind: 'signedOut'; readonly reason?: string; readonly signInUrl: string | null }
  | { readonly kind: 'signedIn'; readonly me: Me };

/** A new value whenever the service accepted credentials, so that the socket is opened again with them. */
export const session = signal<SessionState>({ kind: 'starting' });

/** Whether it is a cookie that signs in, which the page can neither see nor remove. */
export const byCookie = (): boolean => session.value.kind === 'signedIn' && token === null;

/** Whether the credentials are those of the try-out, in which one may act as anybody. */
export const tryOut = signal(false);

/** When the session ends and nothing renews it, by the clock of this device; null while that is far away. */
export const endsSoon = signal<number | null>(null);

const STORAGE_KEY = 'nself-incidents.token';
const ACTING_KEY = 'nself-incidents.acting-as';

let token: string | null = null;

/** How far the clock of the service is ahead of this device's, in milliseconds. */
let clockOffset = 0;

let renewal: ReturnType<typeof setTimeout> | undefined;
let again: ReturnType<typeof setTimeout> | undefined;

export function authorization(): Record<string, string> {
  return token ? { Authorization: `Bearer ${token}` } : {};
}

export const me = (): Me | null => (session.value.kind === 'signedIn' ? session.value.me : null);

/** Whether I may write incidents and timelines. */
export const mayWrite = (): boolean => me()?.permissions.includes('write') ?? false;

/** Whether I may define runbooks and redact events. */
export const mayAdminister = (): boolean => me()?.permissions.includes('administer') ?? false;

interface ActingAs {
  readonly actor: string;
  readonly role: string;
}

function storage(): Storage | null {
  try {
    return sessionStorage;
  } catch {
    return null;
  }
}

/** Finds out who I am: by the token of this tab, by a cookie, or as the try-out's person. */
export async function start(): Promise<void> {
  try {
    await loadConfig();
  } catch {
    session.value = { kind: 'unreachable' };
    return;
  }
  token = storage()?.getItem(STORAGE_KEY) ?? null;
  const acting = storage()?.getItem(ACTING_KEY);
  if (config.tryOut && !token && (await openTryOut(acting ? (JSON.parse(acting) as ActingAs) : undefined))) return;
  await refresh();
}

async function refresh(mayTryOut = true): Promise<void> {
  let response: Response;
  try {
    response = await fetch(href('api/v1/me'), { headers: { Accept: 'application/json', ...authorization() }, credentials: 'same-origin' });
  } catch {
    unreachable();
    return;
  }
  const body = (await response.json().catch(() => ({}))) as Record<string, unknown>;
  if (response.ok) {
    accept(body, response);
  } else if (response.status === 401 || response.status === 403) {
    if (response.status === 401 && config.tryOut && mayTryOut && (await openTryOut())) return;
    if (response.status === 401 && !token && config.signInUrl && !new URLSearchParams(location.search).has('signed-in')) {
      signIn(config.signInUrl);
      return;
    }
    forget();
    session.value = { kind: 'signedOut', signInUrl: config.signInUrl, ...(response.status === 403 && body.detail ? { reason: String(body.detail) } : {}) };
  } else {
    unreachable();
  }
}

/** The service does not answer. The page of a person who is signed in stays: it may hold what they are writing. */
function unreachable(): void {
  if (session.value.kind !== 'signedIn') {
    session.value = { kind: 'unreachable' };
    return;
  }
  clearTimeout(again);
  again = setTimeout(() => {
    if (session.value.kind === 'signedIn') void refresh();
  }, 4_000);
}

function accept(body: Record<string, unknown>, response: Response): void {
  const date = Date.parse(response.headers.get('Date') ?? '');
  clockOffset = Number.isNaN(date) ? 0 : date - Date.now();
  const role = String(body.role ?? 'viewer');
  const next: Me = {
    account: String(body.account ?? ''),
    role,
    actor: String(body.actor ?? ''),
    expiresAt: (body.expires_at as string | null | undefined) ?? null,
    permissions: Array.isArray(body.permissions) ? body.permissions.map(String) : permissionsOf(role),
  };
  forgetReturn();
  session.value = { kind: 'signedIn', me: next };
  scheduleRenewal(next.expiresAt);
}

const permissionsOf = (role: string): string[] =>
  role === 'viewer' ? ['read'] : role === 'user' || role === 'responder' ? ['read', 'write'] : ['read', 'write', 'administer'];

/** Renews the credentials a minute before they end, or half-way where they last shorter than that. */
function scheduleRenewal(expiresAt: string | null): void {
  clearTimeout(renewal);
  endsSoon.value = null;
  if (!expiresAt) return;
  const end = new Date(expiresAt).getTime();
  const left = end - clockOffset - Date.now();
  renewal = setTimeout(() => void renew(end), Math.min(Math.max(left - Math.min(60_000, left / 2), 1_000), 2 ** 31 - 1));
}

/** `end` is by the clock of the service. */
async function renew(end: number): Promise<void> {
  if (tryOut.value) {
    const acting = storage()?.getItem(ACTING_KEY);
    if (await openTryOut(acting ? (JSON.parse(acting) as ActingAs) : undefined)) return;
  }
  if (!token) {
    // The one who set the cookie may have set a new one.
    await refresh();
    if (session.value.kind !== 'signedIn') return;
    const expiresAt = session.value.me.expiresAt;
    if (!expiresAt || new Date(expiresAt).getTime() > end) return;
  }
  endsSoon.value = end - clockOffset;
  renewal = setTimeout(() => ended(), Math.max(0, end - clockOffset - Date.now()));
}

/** The service refused the credentials. */
export function ended(): void {
  if (session.value.kind !== 'signedIn') return;
  endsSoon.value = null;
  if (!token || tryOut.value) {
    void refresh();
  } else {
    forget();
    session.value = { kind: 'signedOut', reason: 'Your session has ended. What you wrote is kept.', signInUrl: config.signInUrl };
  }
}

function forget(): void {
  token = null;
  storage()?.removeItem(STORAGE_KEY);
}

/** Takes the mark of a return from the sign-in page out of the address. */
function forgetReturn(): void {
  const here = new URL(location.href);
  if (!here.searchParams.has('signed-in')) return;
  here.searchParams.delete('signed-in');
  history.replaceState(history.state, '', here);
}

/** Goes to the configured sign-in page, which returns here. */
export function signIn(url: string): void {
  const here = new URL(location.href);
  // Marks the return, so that a sign-in without effect does not go round in circles.
  here.searchParams.set('signed-in', '1');
  const target = new URL(url, location.href);
  for (const name of ['redirectTo', 'rd']) target.searchParams.set(name, here.href);
  if (target.protocol === 'https:' || target.protocol === 'http:') location.assign(target.href);
}

/** Uses a pasted token. Resolves to the reason why it is not accepted, or null. */
export async function useToken(pasted: string, keep: boolean): Promise<string | null> {
  const candidate = pasted.trim().replace(/^Bearer\s+/i, '');
  if (!candidate) return 'Paste a token.';
  if (/[^\x21-\x7e]/.test(candidate)) return 'A token has no spaces or line breaks.';
  let response: Response;
  try {
    response = await fetch(href('api/v1/me'), { headers: { Accept: 'application/json', Authorization: `Bearer ${candidate}` } });
  } catch {
    return 'The service cannot be reached. Try again.';
  }
  const body = (await response.json().catch(() => ({}))) as Record<string, unknown>;
  if (!response.ok) return String(body.detail ?? `The service answered ${response.status}.`);
  token = candidate;
  tryOut.value = false;
  storage()?.removeItem(ACTING_KEY);
  if (keep) storage()?.setItem(STORAGE_KEY, candidate);
  else storage()?.removeItem(STORAGE_KEY);
  accept(body, response);
  return null;
}

export function signOut(): void {
  forget();
  // Whoever signs in next in this tab is not shown what was being written.
  forgetDrafts();
  storage()?.removeItem(ACTING_KEY);
  clearTimeout(renewal);
  session.value = { kind: 'signedOut', signInUrl: config.signInUrl };
}

/** Opens a session of the try-out. False where this is none. */
export async function openTryOut(as?: ActingAs): Promise<boolean> {
  try {
    const response = await fetch(href('console/try-out/session'), {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Accept: 'application/json' },
      body: JSON.stringify(as ? { actor: as.actor, role: as.role } : {}),
    });
    if (!response.ok) return false;
    const body = (await response.json()) as Record<string, unknown>;
    token = String(body.token);
    tryOut.value = true;
    if (as) storage()?.setItem(ACTING_KEY, JSON.stringify(as));
  } catch {
    return false;
  }
  await refresh(false);
  return true;
}

