import type { IncidentStatus, RunbookAttemptOutcome, RunbookExecutionStatus, RunbookStepKind, RunbookStepStatus, Severity } from './generated/operations.ts';

export const severities: readonly Severity[] = ['CRITICAL', 'HIGH', 'MEDIUM', 'LOW', 'INFO'];
export const statuses: readonly IncidentStatus[] = ['OPEN', 'ACKNOWLEDGED', 'MITIGATING', 'RESOLVED', 'CLOSED', 'CANCELLED', 'MERGED'];
export const unfinished: readonly IncidentStatus[] = ['OPEN', 'ACKNOWLEDGED', 'MITIGATING'];

export const isUnfinished = (status: IncidentStatus): boolean => unfinished.includes(status);

export const severityWord: Record<Severity, string> = { CRITICAL: 'Critical', HIGH: 'High', MEDIUM: 'Medium', LOW: 'Low', INFO: 'Info' };

export const statusWord: Record<IncidentStatus, string> = {
  OPEN: 'Open',
  ACKNOWLEDGED: 'Acknowledged',
  MITIGATING: 'Mitigating',
  RESOLVED: 'Resolved',
  CLOSED: 'Closed',
  CANCELLED: 'Cancelled',
  MERGED: 'Merged',
};

/** What a button says that leads to a status. */
export const transitionWord = (to: IncidentStatus, from: IncidentStatus): string =>
  ({
    OPEN: isUnfinished(from) ? 'Back to open' : 'Reopen',
    ACKNOWLEDGED: from === 'MITIGATING' ? 'Back to acknowledged' : 'Acknowledge',
    MITIGATING: 'Mitigate',
    RESOLVED: 'Resolve',
    CLOSED: 'Close',
    CANCELLED: 'Cancel incident',
    MERGED: 'Merge into another',
  })[to];

/** Whether a transition needs a reason. */
export const needsReason = (to: IncidentStatus, from: IncidentStatus): boolean => to === 'OPEN' && ['CLOSED', 'CANCELLED', 'MERGED'].includes(from);

/** `step_retried` → `step retried` */
export const plain = (value: string): string => value.toLowerCase().replaceAll('_', ' ');

export const capitalized = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

export const executionWord: Record<RunbookExecutionStatus, string> = {
  RUNNING: 'Running',
  WAITING: 'Waiting',
  SUCCEEDED: 'Succeeded',
  FAILED: 'Failed',
  CANCELLED: 'Cancelled',
};

export const stepWord: Record<RunbookStepStatus, string> = {
  PENDING: 'Pending',
  RUNNING: 'Running',
  WAITING: 'Waiting',
  SUCCEEDED: 'Succeeded',
  FAILED: 'Failed',
  SKIPPED: 'Skipped',
  TIMED_OUT: 'Timed out',
  CANCELLED: 'Cancelled',
  UNCERTAIN: 'Uncertain',
};

export const stepKindWord: Record<RunbookStepKind, string> = {
  MANUAL: 'By a person',
  APPROVAL: 'Approval',
  HTTP: 'HTTP request',
  WAIT: 'Wait',
  INCIDENT: 'Change of the incident',
  NOTE: 'Note',
  RUNBOOK: 'Runbook',
};

export const outcomeWord: Record<RunbookAttemptOutcome, string> = {
  RUNNING: 'in progress',
  SUCCEEDED: 'succeeded',
  FAILED: 'failed',
  TIMED_OUT: 'timed out; it may have had its effect',
  NOT_SENT: 'was not sent',
  UNKNOWN: 'lost its connection; it may have had its effect',
  INTERRUPTED: 'was interrupted; it may have had its effect',
};

export const labelsOf = (labels: unknown): [string, string][] =>
  labels && typeof labels === 'object' ? Object.entries(labels as Record<string, unknown>).map(([name, value]) => [name, String(value)]) : [];

export const plural = (count: number, one: string, many = `${one}s`): string => `${count.toLocaleString('en')} ${count === 1 ? one : many}`;
