import { effect, signal } from '@preact/signals';

/** A preference of this browser; never anything secret. */
function stored<T extends string>(name: string, initial: T) {
  const key = `nself-incidents.${name}`;
  const read = (otherwise: T): T => {
    try {
      return (localStorage.getItem(key) as T | null) ?? initial;
    } catch {
      // Storage is blocked; the preference lasts as long as the page.
      return otherwise;
    }
  };
  const preference = signal<T>(read(initial));
  // Another tab changed it, and a change here must not undo that.
  addEventListener('storage', (event) => {
    if (event.key === key) preference.value = read(preference.peek());
  });
  effect(() => {
    const value = preference.value;
    try {
      if (value === initial) localStorage.removeItem(key);
      else localStorage.setItem(key, value);
    } catch {
      // As above.
    }
  });
  return preference;
}

export type Theme = 'auto' | 'light' | 'dark';

export const theme = stored<Theme>('theme', 'auto');

/** An IANA time zone; empty for that of the browser. */
export const zonePreference = stored<string>('time-zone', '');

/** Saved views of the list: a JSON object of names and queries. */
export const savedViews = stored<string>('views', '{}');

effect(() => {
  document.documentElement.dataset.theme = theme.value;
});
