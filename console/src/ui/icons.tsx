import type { JSX } from 'preact';
import type { IncidentStatus, RunbookStepStatus, Severity } from '../generated/operations.ts';

/** Icons of 16 × 16, drawn in the colour of the text. They repeat what the text beside them says, so they are hidden from screen readers.
 * Functions, because an element that is drawn again keeps the tree alive in which it was drawn first. */
const paths = {
  search: () => <path d="M7 2.5a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9Zm3.3 7.8 3.2 3.2" />,
  plus: () => <path d="M8 3v10M3 8h10" />,
  close: () => <path d="m4 4 8 8m0-8-8 8" />,
  check: () => <path d="m3 8.5 3.2 3.2L13 5" />,
  chevron: () => <path d="m4 6 4 4 4-4" />,
  right: () => <path d="m6 4 4 4-4 4" />,
  left: () => <path d="m10 4-4 4 4 4" />,
  more: () => <path d="M3.5 8h.01M8 8h.01M12.5 8h.01" stroke-width="2.4" />,
  copy: () => <path d="M5.5 5.5v-3h8v8h-3m-8-5h8v8h-8z" />,
  edit: () => <path d="m3 13 .6-2.8 7-7 2.2 2.2-7 7L3 13Zm6.3-8.5 2.2 2.2" />,
  user: () => <path d="M8 8.2a2.7 2.7 0 1 0 0-5.4 2.7 2.7 0 0 0 0 5.4ZM2.8 13.5c.5-2.4 2.6-3.7 5.2-3.7s4.7 1.3 5.2 3.7" />,
  clock: () => <path d="M8 2.2a5.8 5.8 0 1 1 0 11.6A5.8 5.8 0 0 1 8 2.2ZM8 5v3.2l2.2 1.3" />,
  globe: () => <path d="M8 2.2a5.8 5.8 0 1 1 0 11.6A5.8 5.8 0 0 1 8 2.2ZM2.4 8h11.2M8 2.2c3 3.6 3 8 0 11.6-3-3.6-3-8 0-11.6Z" />,
  book: () => <path d="M3 3h4.2c.5 0 .8.4.8.9v9c0-.6-.4-.9-.9-.9H3V3Zm10 0H8.8c-.5 0-.8.4-.8.9v9c0-.6.4-.9.9-.9H13V3Z" />,
  flame: () => <path d="M8.4 1.8c.3 2.4 3.9 3.9 3.9 7.5A4.2 4.2 0 0 1 8 13.8a4.2 4.2 0 0 1-4.3-4.4c0-1.7.9-2.8 1.7-3.7.2 1 .7 1.6 1.3 1.9-.2-2.1.3-4.3 1.7-5.8Z" />,
  chart: () => <path d="M2.5 13.5h11M4.5 11V8M8 11V3.5M11.5 11V6" />,
  filter: () => <path d="M2.500 3.500h11l-4.200 5v4.200l-2.600-1.500V8.500l-4.200-5Z" />,
  list: () => <path d="M5.5 4h8M5.5 8h8M5.5 12h8M2.5 4h.01M2.5 8h.01M2.5 12h.01" />,
  play: () => <path d="M4.5 3v10l8-5-8-5Z" />,
  note: () => <path d="M3 3h10v7.5l-2.8 2.8H3V3Zm7 10v-3h3" />,
  merge: () => <path d="M4 2.5v3C4 8 8 7.5 8 10.5v3M12 2.5v3C12 8 8 7.5 8 10.5" />,
  shield: () => <path d="M8 2 3 3.8v4c0 3 2 5 5 6.2 3-1.2 5-3.2 5-6.2v-4L8 2Zm-2.2 6 1.6 1.7 2.9-3.2" />,
  erase: () => <path d="M2.5 13.5h11M3.5 8.8l5.6-5.6 3.7 3.7-5.6 5.6H5.8L3.5 10.2V8.8Z" />,
  warning: () => <path d="M8 2.5 14 13H2L8 2.5ZM8 6.5v3m0 1.8v.01" />,
  bolt: () => <path d="M9 1.8 3.5 9H8l-1 5.2L12.5 7H8l1-5.2Z" />,
  branch: () => <path d="M5 5v6m0-6a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3Zm0 6a1.5 1.5 0 1 0 0 3 1.5 1.5 0 0 0 0-3Zm6-5a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3Zm0 0c0 3-6 2-6 5" />,
  download: () => <path d="M8 2.5v7.5m-3.2-3L8 10.2 11.2 7M3 13.5h10" />,
  table: () => <path d="M2.5 3h11v10h-11V3Zm0 3.3h11M2.5 9.7h11M6.5 3v10" />,
  skip: () => <path d="m3.5 4 5 4-5 4V4Zm9 0v8" />,
  retry: () => <path d="M13 8a5 5 0 1 1-1.6-3.7L13 5.8M13 2.5v3.3H9.7" />,
  sun: () => <path d="M8 5.2a2.8 2.8 0 1 1 0 5.6 2.8 2.8 0 0 1 0-5.6ZM8 1.5v1.2m0 10.6v1.2M1.5 8h1.2m10.6 0h1.2M3.4 3.4l.9.9m7.4 7.4.9.9m0-9.2-.9.9m-7.4 7.4-.9.9" />,
  key: () => <path d="M6 10.5a3.2 3.2 0 1 1 2.6-1.4l5 5-1.6.4-.3-1.3-1.4-.3-.3-1.4L8.600 9" />,
  bookmark: () => <path d="M4 2.5h8v11l-4-3-4 3v-11Z" />,
  drill: () => <path d="M8 2.2a5.8 5.8 0 1 1 0 11.6A5.8 5.8 0 0 1 8 2.2Zm0 3a2.8 2.8 0 1 1 0 5.6 2.8 2.8 0 0 1 0-5.6ZM8 8h.01" />,
} satisfies Record<string, () => JSX.Element>;

export type IconName = keyof typeof paths;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
      {paths[name]()}
    </svg>
  );
}

/** Shapes as well as colours tell severities apart. */
const severityShapes: Record<Severity, () => JSX.Element> = {
  CRITICAL: () => <path d="M5.2 1h5.6L15 5.200v5.6L10.800 15H5.200L1 10.800V5.200L5.200 1Z" />,
  HIGH: () => <path d="M8 1.500 15.500 14.500H.500L8 1.500Z" />,
  MEDIUM: () => <path d="m8 .800 7.200 7.200L8 15.200.800 8 8 .800Z" />,
  LOW: () => <path d="M2 2.500h12v11H2z" />,
  INFO: () => <circle cx="8" cy="8" r="6.500" />,
};

const severityMarks: Record<Severity, () => JSX.Element> = {
  CRITICAL: () => <path d="M8 4v4.800M8 11.600v.01" />,
  HIGH: () => <path d="M8 6.200v3.600M8 12.300v.01" />,
  MEDIUM: () => <path d="M5.400 8h5.200" />,
  LOW: () => <path d="m5 7 3 3 3-3" />,
  INFO: () => <path d="M8 7.300V11.500M8 4.800v.01" />,
};

export function SeverityIcon({ severity }: { severity: Severity }) {
  return (
    <svg class={`severity-icon severity-${severity.toLowerCase()}`} viewBox="0 0 16 16" aria-hidden="true">
      <g class="shape">{severityShapes[severity]()}</g>
      <g class="mark">{severityMarks[severity]()}</g>
    </svg>
  );
}

const statusShapes: Record<IncidentStatus, () => JSX.Element> = {
  OPEN: () => <circle cx="8" cy="8" r="5.500" stroke-dasharray="2.600 2" />,
  ACKNOWLEDGED: () => (
    <>
      <circle cx="8" cy="8" r="5.500" />
      <circle cx="8" cy="8" r="1.400" fill="currentColor" />
    </>
  ),
  MITIGATING: () => (
    <>
      <circle cx="8" cy="8" r="5.500" />
      <path d="M8 2.500a5.500 5.500 0 0 1 0 11Z" fill="currentColor" />
    </>
  ),
  RESOLVED: () => (
    <>
      <circle cx="8" cy="8" r="5.500" />
      <path d="m5.300 8.200 2 2 3.400-4" />
    </>
  ),
  CLOSED: () => (
    <>
      <circle cx="8" cy="8" r="6" fill="currentColor" stroke="none" />
      <path class="cut" d="m5.200 8.200 2 2 3.600-4.200" />
    </>
  ),
  CANCELLED: () => (
    <>
      <circle cx="8" cy="8" r="5.500" />
      <path d="m4.200 11.800 7.600-7.600" />
    </>
  ),
  MERGED: () => <path d="M4 2.500v3C4 8 8 7.500 8 10.500v3M12 2.500v3C12 8 8 7.500 8 10.500" />,
};

export function StatusIcon({ status }: { status: IncidentStatus }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
      {statusShapes[status]()}
    </svg>
  );
}

const stepShapes: Record<RunbookStepStatus, () => JSX.Element> = {
  PENDING: () => <circle cx="8" cy="8" r="5" stroke-dasharray="2 2.200" />,
  RUNNING: () => (
    <>
      <circle cx="8" cy="8" r="5.500" opacity=".3" />
      <path class="spin" d="M8 2.500A5.500 5.500 0 0 1 13.500 8" />
    </>
  ),
  WAITING: () => <path d="M8 2.500a5.500 5.500 0 1 1 0 11 5.500 5.500 0 0 1 0-11ZM6.500 5.800v4.400M9.500 5.800v4.400" />,
  SUCCEEDED: () => (
    <>
      <circle cx="8" cy="8" r="6" fill="currentColor" stroke="none" />
      <path class="cut" d="m5.200 8.200 2 2 3.600-4.200" />
    </>
  ),
  FAILED: () => (
    <>
      <circle cx="8" cy="8" r="6" fill="currentColor" stroke="none" />
      <path class="cut" d="m5.700 5.700 4.600 4.600m0-4.600-4.600 4.600" />
    </>
  ),
  SKIPPED: () => <path d="M8 2.500a5.500 5.500 0 1 1 0 11 5.500 5.500 0 0 1 0-11ZM5.500 8h5m-2-2 2 2-2 2" />,
  TIMED_OUT: () => <path d="M8 2.500a5.500 5.500 0 1 1 0 11 5.500 5.500 0 0 1 0-11ZM8 5v3.200l2 1.300" />,
  CANCELLED: () => (
    <>
      <circle cx="8" cy="8" r="5.500" />
      <path d="m4.200 11.800 7.600-7.600" />
    </>
  ),
  UNCERTAIN: () => <path d="M8 2 14.500 13.500H1.500L8 2ZM8 6.200v3.400m0 1.900v.01" />,
};

export function StepIcon({ status }: { status: RunbookStepStatus }) {
  return (
    <svg class={`icon step-icon step-${status.toLowerCase()}`} viewBox="0 0 16 16" aria-hidden="true">
      {stepShapes[status]()}
    </svg>
  );
}
