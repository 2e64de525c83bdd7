import { signal, type Signal } from '@preact/signals';
import type { ComponentChildren, TargetedKeyboardEvent, VNode } from 'preact';
import { useEffect, useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { IncidentStatus, RunbookExecutionStatus, RunbookStepStatus, Severity } from '../generated/operations.ts';
import { href } from '../base.ts';
import { ApiError, errorText } from '../graphql.ts';
import { live } from '../live.ts';
import { full, relative, when } from '../time.ts';
import { executionWord, severityWord, statusWord, stepWord } from '../words.ts';
import { Icon, SeverityIcon, StatusIcon, StepIcon, type IconName } from './icons.tsx';

export function SeverityBadge({ severity }: { severity: Severity }) {
  return (
    <span class={`severity severity-${severity.toLowerCase()}`}>
      <SeverityIcon severity={severity} />
      {severityWord[severity]}
    </span>
  );
}

export function StatusBadge({ status }: { status: IncidentStatus }) {
  return (
    <span class={`status status-${status.toLowerCase()}`}>
      <StatusIcon status={status} />
      {statusWord[status]}
    </span>
  );
}

/** Says that an incident is an exercise. */
export function DrillBadge() {
  return (
    <span class="drill">
      <Icon name="drill" />
      Drill
    </span>
  );
}

const asStep: Record<RunbookExecutionStatus, RunbookStepStatus> = {
  RUNNING: 'RUNNING',
  WAITING: 'WAITING',
  SUCCEEDED: 'SUCCEEDED',
  FAILED: 'FAILED',
  CANCELLED: 'CANCELLED',
};

export function ExecutionBadge({ status }: { status: RunbookExecutionStatus }) {
  return (
    <span class={`status step-${status.toLowerCase()}`}>
      <StepIcon status={asStep[status]} />
      {executionWord[status]}
    </span>
  );
}

export function StepBadge({ status }: { status: RunbookStepStatus }) {
  return (
    <span class={`status step-${status.toLowerCase()}`}>
      <StepIcon status={status} />
      {stepWord[status]}
    </span>
  );
}

/** A time, absolute and relative. */
export function Time({ at, both = false }: { at: string; both?: boolean }) {
  return (
    <time dateTime={at} title={full(at)}>
      {both ? (
        <>
          {when(at)} <span class="ago">· {relative(at)}</span>
        </>
      ) : (
        relative(at)
      )}
    </time>
  );
}

interface ButtonProps {
  children: ComponentChildren;
  kind?: 'primary' | 'plain' | 'quiet' | 'danger';
  icon?: IconName;
  onClick?: (event: MouseEvent) => unknown;
  disabled?: boolean;
  type?: 'button' | 'submit';
  title?: string | undefined;
  label?: string;
  hint?: string | undefined;
  small?: boolean;
  autofocus?: boolean;
}

/** A button that cannot be pressed twice while what it started is under way. */
export function Button({ children, kind = 'plain', icon, onClick, disabled, type = 'button', title, label, hint, small, autofocus }: ButtonProps) {
  const [busy, setBusy] = useState(false);
  const mounted = useRef(true);
  useEffect(() => () => void (mounted.current = false), []);
  return (
    <button
      type={type}
      class={`button ${kind}${small ? ' small' : ''}${busy ? ' busy' : ''}`}
      disabled={disabled}
      aria-disabled={busy || undefined}
      aria-busy={busy || undefined}
      aria-label={label}
      title={title}
      autofocus={autofocus}
      onClick={(event) => {
        if (busy) return;
        const result = onClick?.(event);
        if (result instanceof Promise) {
          setBusy(true);
          void result.finally(() => mounted.current && setBusy(false));
        }
      }}
    >
      {icon && <Icon name={icon} />}
      {children}
      {hint && <kbd aria-hidden="true">{hint}</kbd>}
    </button>
  );
}

export function IconButton({ icon, label, onClick, pressed }: { icon: IconName; label: string; onClick: (event: MouseEvent) => unknown; pressed?: boolean }) {
  return (
    <button type="button" class="icon-button" aria-label={label} title={label} aria-pressed={pressed} onClick={(event) => void onClick(event)}>
      <Icon name={icon} />
    </button>
  );
}

interface DialogProps {
  title: ComponentChildren;
  onClose: () => void;
  children: ComponentChildren;
  wide?: boolean;
}

/** A modal dialog. Escape closes it, and a click beside it where nothing was changed; the focus goes back to where it was. */
export function Dialog({ title, onClose, children, wide = false }: DialogProps) {
  const ref = useRef<HTMLDialogElement>(null);
  const changed = useRef(false);
  const heading = useId();
  // What is typed next goes to the dialog.
  useLayoutEffect(() => {
    const element = ref.current;
    const before = document.activeElement as HTMLElement | null;
    element?.showModal();
    // Where no field asks for the focus, the text has it, not the button that closes.
    if (document.activeElement?.classList.contains('icon-button')) element?.querySelector<HTMLElement>('.dialog-body')?.focus();
    return () => {
      // While it is open, nothing of the page can have the focus.
      element?.close();
      before?.focus?.({ preventScroll: true });
    };
  }, []);
  return (
    <dialog
      ref={ref}
      class={wide ? 'wide' : undefined}
      aria-labelledby={heading}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onInput={({ target }) => {
        // A search is no loss.
        if (!(target as Element).matches('[type=search], [role=combobox]')) changed.current = true;
      }}
      onMouseDown={(event) => {
        if (event.target === ref.current && !changed.current && isBeside(event, event.currentTarget)) onClose();
      }}
    >
      <div class="dialog-body" tabIndex={-1}>
        <header>
          <h2 id={heading}>{title}</h2>
          <IconButton icon="close" label="Close" onClick={onClose} />
        </header>
        {children}
      </div>
      <Toasts />
    </dialog>
  );
}

/** Whether the pointer is on the backdrop. On a dialog's scrollbar it is within its box, and the target is the dialog too. */
function isBeside({ clientX, clientY }: MouseEvent, element: Element): boolean {
  const { left, right, top, bottom } = element.getBoundingClientRect();
  return clientX < left || clientX > right || clientY < top || clientY > bottom;
}

/** The dialog that is open, if any. */
export const dialog: Signal<VNode | null> = signal(null);

export const closeDialog = (): void => {
  dialog.value = null;
};

/** For an answer that may be late: whether the dialog is still the one that is open, and what closes it then. */
export function useOwnDialog() {
  const [own] = useState(() => dialog.peek());
  const isOpen = (): boolean => dialog.peek() === own;
  const close = (): void => {
    if (isOpen()) closeDialog();
  };
  return { isOpen, close };
}

/**
 * Sends what a dialog is for. The answer may be late: the person has closed the dialog by then, or has another one open. It closes its own
 * dialog only, and a refusal that no dialog can show is a message. A send that resolves to false leaves the dialog open. `setError` is for what else
 * it asks the service.
 */
export function useSubmission(what: string) {
  const { isOpen, close } = useOwnDialog();
  const [error, setError] = useState<unknown>(null);
  const sending = useRef(false);
  const submit = async (send: () => Promise<unknown>): Promise<void> => {
    if (sending.current) return;
    sending.current = true;
    setError(null);
    try {
      if ((await send()) !== false) close();
    } catch (refusal) {
      if (isOpen()) setError(refusal);
      else showToast(`${what}: ${errorText(refusal)}`, 'error');
    } finally {
      sending.current = false;
    }
  };
  return { error, setError, submit, isOpen };
}

interface MenuItem {
  readonly label: ComponentChildren;
  readonly icon?: IconName;
  readonly hint?: string;
  readonly danger?: boolean;
  readonly checked?: boolean;
  readonly href?: string;
  readonly onSelect?: () => unknown;
}

/** A button that opens a list of actions, by pointer and by the arrow keys. */
export function Menu({ label, icon, children, items, kind = 'plain', align = 'end', small }: { label: string; icon?: IconName; children?: ComponentChildren; items: readonly (MenuItem | false | null | undefined)[]; kind?: string; align?: 'start' | 'end'; small?: boolean }) {
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const [open, setOpen] = useState(false);
  const entries = () => [...(list.current?.querySelectorAll<HTMLElement>('[role^=menuitem]') ?? [])];
  const move = (by: number) => {
    const all = entries();
    const at = all.indexOf(document.activeElement as HTMLElement);
    all[(at + by + all.length) % all.length]?.focus();
  };
  const place = () => {
    const from = button.current!.getBoundingClientRect();
    const menu = list.current!;
    const width = menu.offsetWidth;
    const left = align === 'end' ? from.right - width : from.left;
    menu.style.left = `${Math.max(8, Math.min(left, document.documentElement.clientWidth - width - 8))}px`;
    const below = from.bottom + 4;
    menu.style.top = `${below + menu.offsetHeight > innerHeight ? Math.max(8, from.top - menu.offsetHeight - 4) : below}px`;
  };
  const close = () => {
    list.current?.hidePopover();
    button.current?.focus();
  };
  return (
    <>
      <button
        ref={button}
        type="button"
        class={`button ${kind}${small ? ' small' : ''}${children ? '' : ' only-icon'}`}
        aria-haspopup="menu"
        aria-expanded={open}
        aria-label={children ? undefined : label}
        title={label}
        onClick={() => list.current?.togglePopover()}
        onKeyDown={(event) => {
          if (event.key === 'ArrowDown') {
            event.preventDefault();
            list.current?.showPopover();
          }
        }}
      >
        {icon && <Icon name={icon} />}
        {children}
      </button>
      <div
        ref={list}
        id={id}
        popover="auto"
        role="menu"
        aria-label={label}
        class="menu"
        onToggle={(event) => {
          const shown = (event as unknown as ToggleEvent).newState === 'open';
          setOpen(shown);
          if (shown) {
            place();
            entries()[0]?.focus();
          }
        }}
        onKeyDown={(event) => {
          if (event.key === 'ArrowDown') move(1);
          else if (event.key === 'ArrowUp') move(-1);
          else if (event.key === 'Home') entries()[0]?.focus();
          else if (event.key === 'End') entries().at(-1)?.focus();
          else if (event.key === 'Tab') close();
          else return;
          event.preventDefault();
        }}
      >
        {items.map((item, index) =>
          item ? (
            item.href ? (
              <a key={index} role="menuitem" tabIndex={-1} href={item.href} onClick={() => list.current?.hidePopover()}>
                {item.icon && <Icon name={item.icon} />}
                <span>{item.label}</span>
              </a>
            ) : (
              <button
                key={index}
                type="button"
                role={item.checked === undefined ? 'menuitem' : 'menuitemradio'}
                aria-checked={item.checked}
                tabIndex={-1}
                class={item.danger ? 'danger' : undefined}
                onClick={() => {
                  close();
                  void item.onSelect?.();
                }}
              >
                {item.checked === undefined ? item.icon && <Icon name={item.icon} /> : item.checked ? <Icon name="check" /> : <span class="icon" />}
                <span>{item.label}</span>
                {item.hint && <kbd>{item.hint}</kbd>}
              </button>
            )
          ) : null,
        )}
      </div>
    </>
  );
}

interface Toast {
  readonly id: number;
  readonly text: string;
  readonly kind: 'done' | 'error';
  readonly action?: { readonly label: string; readonly run: () => unknown };
}

const toasts = signal<readonly Toast[]>([]);
let nextToast = 1;

/** Says what happened, in a corner. An error stays until it is dismissed. */
export function showToast(text: string, kind: Toast['kind'] = 'done', action?: Toast['action']): void {
  const toast: Toast = { id: nextToast++, text, kind, ...(action ? { action } : {}) };
  toasts.value = [...toasts.value.slice(-3), toast];
  if (kind === 'done') setTimeout(() => dismiss(toast.id), action ? 9_000 : 4_500);
}

const dismiss = (id: number): void => {
  toasts.value = toasts.value.filter((toast) => toast.id !== id);
};

/** The messages. They are in the dialog that is open: below its backdrop they could neither be read nor dismissed. */
export function Toasts() {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {toasts.value.map((toast) => (
        <div key={toast.id} class={`toast ${toast.kind}`}>
          <Icon name={toast.kind === 'done' ? 'check' : 'warning'} />
          <span>{toast.text}</span>
          {toast.action && (
            <button
              type="button"
              class="button small"
              onClick={() => {
                dismiss(toast.id);
                void toast.action?.run();
              }}
            >
              {toast.action.label}
            </button>
          )}
          <IconButton icon="close" label="Dismiss" onClick={() => dismiss(toast.id)} />
        </div>
      ))}
    </div>
  );
}

/** What a screen reader says; nothing is shown. At most one text in two seconds. */
const announcement = signal('');
let lastAnnounced = 0;
let pendingAnnouncement: ReturnType<typeof setTimeout> | undefined;

export function announce(text: string): void {
  clearTimeout(pendingAnnouncement);
  const wait = Math.max(0, lastAnnounced + 2_000 - Date.now());
  pendingAnnouncement = setTimeout(() => {
    lastAnnounced = Date.now();
    announcement.value = text;
  }, wait);
}

export function Announcer() {
  return (
    <div class="visually-hidden" role="status" aria-live="polite">
      {announcement.value}
    </div>
  );
}

export function Loading({ what }: { what: string }) {
  return (
    <p class="loading" role="status">
      <span class="loading-mark" aria-hidden="true" />
      Loading {what}…
    </p>
  );
}

/** What to say where nothing is to be shown. */
export function Empty({ title, children, icon = 'check' }: { title: string; children?: ComponentChildren; icon?: IconName }) {
  return (
    <div class="empty">
      <Icon name={icon} />
      <h2>{title}</h2>
      <div class="empty-text">{children}</div>
    </div>
  );
}

/** A page with nothing to show, and where to go instead. */
export function EmptyPage({ title, children, icon = 'search', to }: { title: string; children?: ComponentChildren; icon?: IconName; to?: 'incidents' | 'runbooks' }) {
  return (
    <main id="main" class="page">
      <div class="empty">
        <Icon name={icon} />
        <h1>{title}</h1>
        <div class="empty-text">
          {children}
          {to && (
            <a class="button" href={href(to)}>
              All {to}
            </a>
          )}
        </div>
      </div>
    </main>
  );
}

interface Crumb {
  /** A path below the base; none for the page itself. */
  readonly path?: string;
  readonly name: string;
}

/** Where the page is. */
export function Breadcrumb({ of }: { of: readonly Crumb[] }) {
  return (
    <nav class="crumbs" aria-label="Where you are">
      {of.map(({ path, name }, at) => (
        <>
          {at > 0 && <span aria-hidden="true">/</span>}
          {path === undefined ? <span>{name}</span> : <a href={href(path)}>{name}</a>}
        </>
      ))}
    </nav>
  );
}

/** The head of a table: columns of text, then columns of numbers. */
export function TableHead({ text, numbers }: { text: readonly string[]; numbers: readonly string[] }) {
  return (
    <thead>
      <tr>
        {text.map((name) => (
          <th key={name} scope="col">
            {name}
          </th>
        ))}
        {numbers.map((name) => (
          <th key={name} scope="col" class="numeric">
            {name}
          </th>
        ))}
      </tr>
    </thead>
  );
}

export function Failure({ error, what, onRetry }: { error: unknown; what: string; onRetry: () => unknown }) {
  const unreachable = error instanceof ApiError && error.code === 'unreachable';
  const isLive = live.value.kind === 'live';
  useEffect(() => {
    if (!unreachable || !isLive) return undefined;
    const timer = setTimeout(() => void onRetry(), 1_000);
    return () => clearTimeout(timer);
  }, [error, isLive]);
  return (
    <div class="empty" role="alert">
      <Icon name="warning" />
      <h2>{unreachable ? 'The service does not answer' : `Could not read ${what}`}</h2>
      <p class="empty-text">{unreachable ? 'This page tries again when the connection is back.' : errorText(error)}</p>
      <Button icon="retry" onClick={onRetry}>
        Try again
      </Button>
    </div>
  );
}

interface FieldProps {
  label: string;
  children: (attributes: { id: string; 'aria-describedby': string | undefined; 'aria-invalid': boolean | undefined }) => VNode;
  hint?: ComponentChildren;
  fault?: string | undefined;
  optional?: boolean;
}

/** A labelled field of a form, with what is wrong with it. */
export function Field({ label, children, hint, fault, optional }: FieldProps) {
  const id = useId();
  const described = [hint ? `${id}-hint` : '', fault ? `${id}-fault` : ''].filter(Boolean).join(' ') || undefined;
  return (
    <div class={fault ? 'field faulty' : 'field'}>
      <label for={id}>
        {label}
        {optional && <span class="muted"> (optional)</span>}
      </label>
      {children({ id, 'aria-describedby': described, 'aria-invalid': fault ? true : undefined })}
      {hint && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {fault && (
        <p class="fault" id={`${id}-fault`}>
          {fault}
        </p>
      )}
    </div>
  );
}

/** The fault of a field in a refusal of the service. */
export function faultOf(error: unknown, field: string): string | undefined {
  if (!(error instanceof ApiError)) return undefined;
  const short = (name: string) => name.replace(/^input\./, '');
  return error.faults.find((fault) => short(fault.field) === field)?.message;
}

/** What a refusal says that no field shows. */
export function FormError({ error, fields = [] }: { error: unknown; fields?: readonly string[] }) {
  if (!error || fields.some((field) => faultOf(error, field))) return null;
  return (
    <p class="form-error" role="alert">
      <Icon name="warning" />
      {errorText(error)}
    </p>
  );
}

/** Copies a text, also one that is being read: a browser lets a page copy only at once after a key or a click. */
export async function copy(text: string | Promise<string>, what: string): Promise<void> {
  let copied = true;
  try {
    await navigator.clipboard.write([new ClipboardItem({ 'text/plain': Promise.resolve(text).then((it) => new Blob([it], { type: 'text/plain' })) })]);
  } catch {
    // Without the permission, or outside of a secure context: the old way.
    const area = document.createElement('textarea');
    area.value = await text;
    area.className = 'visually-hidden';
    (document.querySelector('dialog[open]') ?? document.body).append(area);
    area.select();
    copied = document.execCommand('copy');
    area.remove();
  }
  if (copied) showToast(`${what} copied`);
  else showToast(`${what} not copied: the browser does not allow it`, 'error');
}

/** Whether Enter takes what an input method suggests, and is not for the field. Safari says that by the key's code alone. */
export const isConversion = (event: KeyboardEvent): boolean => event.isComposing || event.keyCode === 229;

/** Ctrl+Enter or ⌘+Enter in a text sends the form. */
export const submitOnCtrlEnter = (event: TargetedKeyboardEvent<HTMLTextAreaElement>): void => {
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    event.currentTarget.form?.requestSubmit();
  }
};

export const isMac = /Mac|iP(hone|ad)/.test(navigator.platform);
