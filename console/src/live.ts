import { effect, signal, untracked } from '@preact/signals';
import { createClient, type Client } from 'graphql-ws';
import { webSocketUrl } from './base.ts';
import { ApiError, toApiError } from './graphql.ts';
import { authorization, ended, session } from './session.ts';
import type { Operation } from './generated/operations.ts';

export type LiveState = { readonly kind: 'connecting' } | { readonly kind: 'live' } | { readonly kind: 'lost'; readonly since: number };

/** Live means that nothing which happens from now on is missed: the socket is accepted, and each subscription continues or has begun. */
export const live = signal<LiveState>({ kind: 'connecting' });

/** After a refusal: to subscribe again at once, after a while, or not any more. */
export type AfterRefusal = 'again' | 'later' | 'never';

interface Subscription {
  /** Whether it begins with the present, which its first item says, and that has not arrived. */
  beginning: boolean;
  start(client: Client): void;
  stop(): void;
}

const subscriptions = new Set<Subscription>();
const PING_INTERVAL = 10_000;
const PONG_TIMEOUT = 5_000;
/** Within which a socket is open and accepted. */
const CONNECT_TIMEOUT = 10_000;

let client: Client | null = null;
let accepted = false;
let attempt = 0;
let retry: ReturnType<typeof setTimeout> | undefined;

/**
 * Subscribes until the returned function is called. After a lost connection it subscribes again with new variables, so `variables`
 * contains the cursor of the last item. `begins` tells whether there is no cursor yet: what happens before the first item is then missed.
 */
export function subscribe<R, V extends Record<string, unknown>>(
  operation: Operation<R, V>,
  variables: () => V,
  onItem: (item: R) => void,
  onError: (error: ApiError) => AfterRefusal,
  begins: () => boolean = () => false,
): () => void {
  let stopCurrent: (() => void) | null = null;
  const subscription: Subscription = {
    beginning: false,
    start(started) {
      subscription.stop();
      subscription.beginning = begins();
      let active = true;
      const refused = (error: ApiError): void => {
        const next = onError(error);
        if (next === 'again') connect();
        else if (next === 'later') lost(started);
      };
      const dispose = started.subscribe<R>(
        { query: operation, variables: variables() },
        {
          next: ({ data, errors }) => {
            if (!active) return;
            if (errors?.length) refused(toApiError(errors));
            else if (data) {
              onItem(data);
              if (active) subscription.beginning = begins();
              showIfLive();
            }
          },
          error: (error) => {
            if (!active) return;
            active = false;
            if (Array.isArray(error)) {
              const refusal = toApiError(error as never);
              if (['unavailable', 'rate_limited', 'internal'].includes(refusal.code)) lost(started);
              else refused(refusal);
            } else {
              lost(started, error);
            }
          },
          complete: () => {
            if (active) lost(started);
          },
        },
      );
      stopCurrent = () => {
        active = false;
        stopCurrent = null;
        dispose();
      };
    },
    stop() {
      stopCurrent?.();
    },
  };
  subscriptions.add(subscription);
  if (client) {
    subscription.start(client);
    if (subscription.beginning) notLive();
  }
  return () => {
    subscriptions.delete(subscription);
    subscription.stop();
    showIfLive();
  };
}

function showIfLive(): void {
  if (!accepted || live.value.kind === 'live' || [...subscriptions].some((it) => it.beginning)) return;
  attempt = 0;
  live.value = { kind: 'live' };
}

/** A lost connection stays lost until it is live again. */
function notLive(): void {
  if (live.value.kind === 'live') live.value = { kind: 'connecting' };
}

function connect(): void {
  clearTimeout(retry);
  disconnect();
  notLive();
  let pong: ReturnType<typeof setTimeout> | undefined;
  let opening: ReturnType<typeof setTimeout> | undefined;
  let socket: WebSocket | null = null;
  const current = createClient({
    url: webSocketUrl(),
    connectionParams: () => ({ headers: authorization() }),
    retryAttempts: 0,
    lazyCloseTimeout: 3_000,
    keepAlive: PING_INTERVAL,
    on: {
      connecting: () => {
        // A browser waits for the answer to a handshake for minutes.
        opening = setTimeout(() => current.terminate(), CONNECT_TIMEOUT);
      },
      opened: (opened) => {
        socket = opened as WebSocket;
      },
      connected: () => {
        clearTimeout(opening);
        if (client !== current) return;
        accepted = true;
        showIfLive();
      },
      ping: (received) => {
        if (!received) pong = setTimeout(() => socket?.close(4408, 'no pong'), PONG_TIMEOUT);
      },
      pong: (received) => {
        if (received) clearTimeout(pong);
      },
      error: () => clearTimeout(opening),
      closed: () => {
        clearTimeout(opening);
        clearTimeout(pong);
      },
    },
  });
  client = current;
  for (const subscription of subscriptions) subscription.start(current);
}

function disconnect(): void {
  const old = client;
  client = null;
  accepted = false;
  for (const subscription of subscriptions) subscription.stop();
  void old?.dispose();
}

function lost(from: Client, reason?: unknown): void {
  if (client !== from) return;
  disconnect();
  if (live.value.kind !== 'lost') live.value = { kind: 'lost', since: Date.now() };
  if ((reason as CloseEvent | undefined)?.code === 4403) ended();
  attempt++;
  const delay = Math.min(15_000, 250 * 2 ** Math.min(attempt, 7)) * (0.5 + Math.random() / 2);
  retry = setTimeout(connect, delay);
}

/** Tries at once instead of waiting for the next attempt. */
export function reconnectNow(): void {
  if (live.value.kind === 'lost' && session.value.kind === 'signedIn') connect();
}

addEventListener('online', reconnectNow);
document.addEventListener('visibilitychange', () => {
  if (!document.hidden) reconnectNow();
});
// A page that the browser put aside and took back has no socket any more.
addEventListener('pageshow', (event) => {
  if (event.persisted) connect();
});

effect(() => {
  const signedIn = session.value.kind === 'signedIn';
  untracked(() => {
    if (signedIn) {
      connect();
      return;
    }
    clearTimeout(retry);
    disconnect();
    live.value = { kind: 'connecting' };
  });
});
