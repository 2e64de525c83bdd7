import { graphqlUrl } from './base.ts';
import { authorization, ended } from './session.ts';
import type { Operation } from './generated/operations.ts';

/** A refusal of the service, or that it did not answer (`unreachable`). */
export class ApiError extends Error {
  override readonly name = 'ApiError';

  constructor(
    message: string,
    /** As in the API: `conflict`, `precondition_failed`, `forbidden` … */
    readonly code: string,
    /** The argument at fault. */
    readonly field: string | null = null,
    /** All faults of the input. */
    readonly faults: readonly { readonly field: string; readonly message: string }[] = [],
  ) {
    super(message);
  }
}

interface GraphQlError {
  readonly message: string;
  readonly extensions?: { readonly code?: string; readonly field?: string; readonly errors?: readonly { field: string; message: string }[] };
}

export function toApiError(errors: readonly GraphQlError[]): ApiError {
  const first = errors[0];
  const faults = errors.flatMap((error) => {
    const own = error.extensions;
    return own?.errors ?? (own?.field ? [{ field: own.field, message: error.message }] : []);
  });
  return new ApiError(first?.message ?? 'The request failed', first?.extensions?.code ?? 'internal', first?.extensions?.field ?? null, faults);
}

export const errorText = (error: unknown): string => {
  const text = error instanceof Error ? error.message : String(error);
  return text.charAt(0).toUpperCase() + text.slice(1);
};

/** Executes an operation. Throws `ApiError`. */
export async function query<R, V>(operation: Operation<R, V>, variables: V, signal?: AbortSignal): Promise<R> {
  let response: Response;
  try {
    const timeout = AbortSignal.timeout(20_000);
    response = await fetch(graphqlUrl, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Accept: 'application/json', ...authorization() },
      credentials: 'same-origin',
      body: JSON.stringify({ query: operation, variables }),
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError('The service cannot be reached', 'unreachable');
  }
  const body = (await response.json().catch(() => null)) as { data?: R; errors?: GraphQlError[]; detail?: string } | null;
  if (signal?.aborted) throw signal.reason;
  // The connection was lost, or took too long, within the answer.
  if (response.ok && !body) throw new ApiError('The service cannot be reached', 'unreachable');
  if (response.status === 401) {
    ended();
    throw new ApiError('Your session has ended', 'unauthenticated');
  }
  if (body?.errors?.length) throw toApiError(body.errors);
  if (!response.ok || !body?.data) {
    throw new ApiError(body?.detail ?? `The service answered ${response.status}`, response.status >= 500 ? 'unreachable' : 'internal');
  }
  return body.data;
}

function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return `console-${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}

/** The idempotency keys of what was sent and has no known outcome yet, by what was sent. */
const unanswered = new Map<string, { readonly key: string; readonly since: number }>();
const KEY_REUSE = 600_000;

/**
 * Sends something under an idempotency key. The same content has the same key until its outcome is known: pressed twice, or again after
 * a lost answer, it takes effect once.
 */
export async function withIdempotencyKey<T>(content: unknown, send: (key: string) => Promise<T>): Promise<T> {
  for (const [text, { since }] of unanswered) if (Date.now() - since > KEY_REUSE) unanswered.delete(text);
  const text = JSON.stringify(content);
  const entry = unanswered.get(text) ?? { key: newKey(), since: Date.now() };
  unanswered.set(text, entry);
  try {
    const result = await send(entry.key);
    unanswered.delete(text);
    return result;
  } catch (error) {
    if (!(error instanceof ApiError && ['unreachable', 'unavailable', 'internal'].includes(error.code))) unanswered.delete(text);
    throw error;
  }
}

/** Executes a mutation once. While the service does not answer, it is sent again for some seconds. */
export async function mutate<R, I extends { idempotencyKey?: unknown }>(operation: Operation<R, { input: I }>, input: Omit<I, 'idempotencyKey'>): Promise<R> {
  return withIdempotencyKey([operation, input], async (key) => {
    const variables = { input: { ...input, idempotencyKey: key } as unknown as I };
    const delays = [300, 900, 2_000, 4_000];
    for (let attempt = 0; ; attempt++) {
      try {
        return await query(operation, variables);
      } catch (error) {
        const delay = delays[attempt];
        if (!(error instanceof ApiError) || !['unreachable', 'unavailable'].includes(error.code) || delay === undefined) throw error;
        await new Promise((resolve) => setTimeout(resolve, delay));
      }
    }
  });
}
