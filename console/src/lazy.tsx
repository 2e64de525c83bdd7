import { signal } from '@preact/signals';
import type { ComponentChildren, VNode } from 'preact';
import { Button, dialog, EmptyPage, Loading } from './ui/widgets.tsx';

/** A part of the console that is loaded when it is needed. */
function part<T>(load: () => Promise<T>) {
  const loaded = signal<T | null>(null);
  const failed = signal(false);
  let loading: Promise<T> | null = null;
  const get = (): Promise<T> => {
    failed.value = false;
    loading ??= load().then(
      (module) => (loaded.value = module),
      (error: unknown) => {
        loading = null;
        failed.value = true;
        throw error;
      },
    );
    return loading;
  };
  return { loaded, failed, get };
}

type Part<T> = ReturnType<typeof part<T>>;

export const detail = part(() => import('./detail.ts'));
export const insights = part(() => import('./pages/insights.tsx'));
export const markdown = part(() => import('./lazy/markdown.ts'));
export const editor = part(() => import('./lazy/editor.ts'));

/** Shows something of a part as soon as that is loaded. */
export function Lazy<T>({ of, what, children }: { of: Part<T>; what: string; children: (module: T) => ComponentChildren }) {
  const module = of.loaded.value;
  if (module) return <>{children(module)}</>;
  if (of.failed.value) {
    return (
      <EmptyPage title="This page could not be loaded" icon="warning">
        <p>The connection was lost, or there is a new version of the console.</p>
        <Button kind="primary" onClick={() => location.reload()}>
          Load it again
        </Button>
      </EmptyPage>
    );
  }
  of.get().catch(() => undefined);
  return (
    <main id="main" class="page">
      <Loading what={what} />
    </main>
  );
}

/** Opens a dialog of the part `detail`, unless another one was opened while that was loaded. */
export function openLater(make: (module: typeof import('./detail.ts')) => VNode): void {
  detail.get().then(
    (module) => (dialog.value ??= make(module)),
    () => undefined,
  );
}
