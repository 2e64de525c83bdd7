import { effect, signal, untracked } from '@preact/signals';
import { createClient, type Client } from 'graphql-ws';
import { webSocketUrl } from './base.ts';
import { ApiError, toApiError } from './graphql.ts';
import { authorization, credentials, ended, session } from './session.ts';
import type { Operation } from './generated/operations.ts';

export type LiveState = { readonly kind: 'connecting' } | { readonly kind: 'live' } | { readonly kind: 'lost'; readonly since: number };

export const live = signal<LiveState>({ kind: 'connecting' });

interface Subscription {
  start(client: Client): void;
  stop(): void;
}

const subscriptions = new Set<Subscription>();
const PING_INTERVAL = 10_000;
const PONG_TIMEOUT = 5_000;

let client: Client | null = null;
let attempt = 0;
let retry: ReturnType<typeof setTimeout> | undefined;

/**
 * Subscribes until the returned function is called. After a lost connection it subscribes again with new variables, so `variables`
 * contains the cursor of the last item.
 */
export function subscribe<R, V extends Record<string, unknown>>(
  operation: Operation<R, V>,
  variables: () => V,
  onItem: (item: R) => void,
  onError: (error: ApiError) => void,
): () => void {
  let stopCurrent: (() => void) | null = null;
  const subscription: Subscription = {
    start(started) {
      subscription.stop();
      let active = true;
      const dispose = started.subscribe<R>(
        { query: operation, variables: variables() },
        {
          next: ({ data, errors }) => {
            if (!active) return;
            if (errors?.length) onError(toApiError(errors));
            else if (data) onItem(data);
          },
          error: (error) => {
            if (!active) return;
            active = false;
            if (Array.isArray(error)) {
              const refusal = toApiError(error as never);
              if (['unavailable', 'rate_limited', 'internal'].includes(refusal.code)) lost(started);
              else onError(refusal);
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
  if (client) subscription.start(client);
  return () => {
    subscriptions.delete(subscription);
    subscription.stop();
  };
}

/** Subscribes again from the cursor, for example after a cursor was lost. */
export function restart(): void {
  connect();
}

function connect(): void {
  clearTimeout(retry);
  disconnect();
  let pong: ReturnType<typeof setTimeout> | undefined;
  let socket: WebSocket | null = null;
  const current = createClient({
    url: webSocketUrl(),
    connectionParams: () => ({ headers: authorization() }),
    retryAttempts: 0,
    lazyCloseTimeout: 3_000,
    keepAlive: PING_INTERVAL,
    on: {
      opened: (opened) => {
        socket = opened as WebSocket;
      },
      connected: () => {
        if (client !== current) return;
        attempt = 0;
        live.value = { kind: 'live' };
      },
      ping: (received) => {
        if (!received) pong = setTimeout(() => socket?.close(4408, 'no pong'), PONG_TIMEOUT);
      },
      pong: (received) => {
        if (received) clearTimeout(pong);
      },
      closed: () => clearTimeout(pong),
    },
  });
  client = current;
  for (const subscription of subscriptions) subscription.start(current);
}

function disconnect(): void {
  const old = client;
  client = null;
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
  const generation = credentials.value;
  const signedIn = session.value.kind === 'signedIn';
  if (signedIn && generation > 0) untracked(connect);
  else {
    clearTimeout(retry);
    disconnect();
  }
});
