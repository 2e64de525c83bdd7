import { useLayoutEffect, useRef } from 'preact/hooks';
import { dialog } from './ui/widgets.tsx';

type Handlers = Readonly<Record<string, () => unknown>>;

/** Whether the person is writing, so that letters are letters. */
function isWriting(target: EventTarget | null): boolean {
  if (!(target instanceof Element)) return false;
  // A focused element inside a shadow root is hidden behind its host.
  return target.closest('textarea, select, [contenteditable], .editor-host, input:not([type=checkbox]):not([type=radio])') !== null;
}

function onKey(handlers: () => Handlers): (event: KeyboardEvent) => void {
  return (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isWriting(event.target) || dialog.peek()) return;
    if (event.key === 'Enter' && event.target instanceof Element && event.target.closest('a, button, summary, [role^=menuitem]')) return;
    if (event.target instanceof Element && event.target.closest('[role=menu]')) return;
    const handler = handlers()[event.key];
    if (!handler) return;
    event.preventDefault();
    void handler();
  };
}

/** Single keys that do something on a page, unless the person is writing or a dialog is open. */
export function useKeys(handlers: Handlers): void {
  const latest = useRef(handlers);
  latest.current = handlers;
  // Keys work as soon as the page is seen.
  useLayoutEffect(() => {
    const listener = onKey(() => latest.current);
    addEventListener('keydown', listener);
    return () => removeEventListener('keydown', listener);
  }, []);
}
