/**
 * What a person wrote and did not send yet, kept for the tab: it survives leaving the page, a reload and the end of the session. Where
 * storage is blocked it lasts as long as the field.
 */
const PREFIX = 'nself-incidents.draft.';

const keyOf = (name: string): string => PREFIX + name;

export function readDraft(name: string): string | null {
  try {
    return sessionStorage.getItem(keyOf(name));
  } catch {
    return null;
  }
}

/** Keeps a draft, or forgets it: null. */
export function keepDraft(name: string, draft: string | null): void {
  try {
    if (draft === null) sessionStorage.removeItem(keyOf(name));
    else sessionStorage.setItem(keyOf(name), draft);
  } catch {
    // As above.
  }
}

/** A draft of several fields; null for none, or for one that cannot be read. */
export function readFields<T extends object>(name: string): T | null {
  try {
    return JSON.parse(readDraft(name) ?? 'null') as T | null;
  } catch {
    return null;
  }
}

/** Forgets all drafts of the tab. */
export function forgetDrafts(): void {
  try {
    for (const key of Object.keys(sessionStorage)) if (key.startsWith(PREFIX)) sessionStorage.removeItem(key);
  } catch {
    // As above.
  }
}
