import { computed, signal } from '@preact/signals';
import { zonePreference } from './settings.ts';

export const browserZone = Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';

const isZone = (zone: string): boolean => {
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone: zone }));
  } catch {
    return false;
  }
};

/** The time zone in which all times are shown. */
export const zone = computed(() => (zonePreference.value && isZone(zonePreference.value) ? zonePreference.value : browserZone));

/** The present time, for ages; changes every 10 seconds. */
export const now = signal(Date.now());
setInterval(() => {
  if (!document.hidden) now.value = Date.now();
}, 10_000);
document.addEventListener('visibilitychange', () => {
  if (!document.hidden) now.value = Date.now();
});

const formats = new Map<string, Intl.DateTimeFormat>();

/** The format of that name, made once: making one takes far longer than using it. */
function format(zoneName: string, key: string, options: Intl.DateTimeFormatOptions, locale = 'en-GB'): Intl.DateTimeFormat {
  const name = `${zoneName} ${key}`;
  let found = formats.get(name);
  if (!found) {
    found = new Intl.DateTimeFormat(locale, { timeZone: zoneName, ...options });
    formats.set(name, found);
  }
  return found;
}

const hourMinute = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;

/** `03:12` */
export const clock = (time: number | string, zoneName = zone.value): string => format(zoneName, 'clock', hourMinute).format(new Date(time));

/** `03:12:07` */
export const clockSeconds = (time: number | string): string =>
  format(zone.value, 'seconds', { ...hourMinute, second: '2-digit' }).format(new Date(time));

/** `1 Mar` or, in another year, `1 Mar 2025` */
export function day(time: number | string): string {
  const date = new Date(time);
  const sameYear = yearOf(date) === yearOf(new Date(now.value));
  return format(zone.value, sameYear ? 'day' : 'dayYear', { day: 'numeric', month: 'short', ...(sameYear ? {} : { year: 'numeric' }) }).format(date);
}

const yearOf = (date: Date): string => format(zone.value, 'year', { year: 'numeric' }).format(date);

/** `03:12` today, else `1 Mar, 03:12` */
export function when(time: number | string): string {
  return isoDay(time) === isoDay(now.value) ? clock(time) : `${day(time)}, ${clock(time)}`;
}

/** `Sun, 1 March 2026, 03:12:07 CET` */
export const full = (time: number | string): string =>
  format(zone.value, 'full', {
    weekday: 'short',
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    ...hourMinute,
    second: '2-digit',
    timeZoneName: 'short',
  }).format(new Date(time));

/** `2026-03-01` in the zone. */
export const isoDay = (time: number | string, zoneName = zone.value): string =>
  format(zoneName, 'isoDay', { year: 'numeric', month: '2-digit', day: '2-digit' }, 'en-CA').format(new Date(time));

/** `CET`, `GMT+5:30` */
export function zoneLabel(zoneName = zone.value, time: number = now.value): string {
  const parts = format(zoneName, 'zone', { timeZoneName: 'short' }).formatToParts(new Date(time));
  return parts.find((part) => part.type === 'timeZoneName')?.value ?? zoneName;
}

/** `120 ms`, `45 s`, `12 min`, `3 h 5 min`, `4 d 2 h`. */
export function duration(milliseconds: number): string {
  if (milliseconds < 1_000) return milliseconds < 1 ? '0 s' : `${Math.ceil(milliseconds)} ms`;
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return minutes % 60 ? `${hours} h ${minutes % 60} min` : `${hours} h`;
  const days = Math.floor(hours / 24);
  return hours % 24 && days < 10 ? `${days} d ${hours % 24} h` : `${days} d`;
}

/** The largest unit of a duration: `45 s`, `12 min`, `3 h`, `4 d`. */
export function briefDuration(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}

/** `just now`, `4 min ago`, `in 10 min`. */
export function relative(time: number | string): string {
  const age = now.value - new Date(time).getTime();
  if (age < -20_000) return `in ${briefDuration(-age)}`;
  return age < 20_000 ? 'just now' : `${briefDuration(age)} ago`;
}

/** The start of a day of the zone, as an instant. */
export function startOfDay(isoDate: string, zoneName = zone.value): Date {
  const utc = Date.parse(`${isoDate}T00:00:00Z`);
  // Two rounds, because the offset at the first guess may be that of the other side of a change of the clock.
  const first = utc - offset(utc, zoneName);
  const second = utc - offset(first, zoneName);
  // Where the clock is set forward at midnight, as in Santiago, the day begins at one; the second guess is in the day before.
  return new Date(isoDay(second, zoneName) < isoDate ? first : second);
}

/** A date and time of the wall clock of the zone, `2026-03-01T03:12`, as an instant. */
export function fromWallClock(text: string, zoneName = zone.value): Date {
  const utc = Date.parse(`${text}${text.length === 16 ? ':00' : ''}Z`);
  let guess = utc - offset(utc, zoneName);
  guess = utc - offset(guess, zoneName);
  return new Date(guess);
}

/** The wall clock of the zone at an instant, as an `<input type="datetime-local">` wants it. */
export function toWallClock(time: number | string, zoneName = zone.value): string {
  const instant = new Date(time).getTime();
  return new Date(instant + offset(instant, zoneName)).toISOString().slice(0, 16);
}

/** How far the wall clock of a zone is ahead of UTC at an instant, in milliseconds. */
function offset(instant: number, zoneName: string): number {
  const parts = format(zoneName, 'parts', {
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    ...hourMinute,
    second: '2-digit',
  }).formatToParts(new Date(instant));
  const part = (type: string): number => Number(parts.find((it) => it.type === type)?.value ?? 0);
  return Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second')) - Math.floor(instant / 1000) * 1000;
}
