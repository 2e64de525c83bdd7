import type { VNode } from 'preact';
import { useLayoutEffect, useMemo, useReducer, useRef } from 'preact/hooks';

interface VirtualListProps {
  count: number;
  /** The height of an item in pixels: of each where `fixed`, else until it is measured. */
  estimate: number;
  fixed?: boolean;
  itemKey: (index: number) => string | number;
  item: (index: number) => VNode | null;
  /** Called after the range on the screen changed. */
  onRange?: (first: number, last: number) => void;
  class?: string;
  role?: 'log' | 'list' | 'rowgroup';
  label?: string;
}

const OVERSCAN = 400;

/**
 * A list of any length that scrolls with the page and keeps only what is near the screen in the document. What the reader looks at
 * stays where it is when items above it come, go, or turn out taller.
 */
export function VirtualList({ count, estimate, fixed = false, itemKey, item, onRange, role = 'list', label, class: className }: VirtualListProps) {
  const [generation, update] = useReducer((it: number) => it + 1, 0);
  const container = useRef<HTMLDivElement>(null);
  const heights = useRef(new Map<string | number, number>());
  const range = useRef<[number, number]>([0, Math.min(count, 30)]);
  const anchor = useRef<{ key: string | number; offset: number } | null>(null);

  // offsets[i] is where item i begins; offsets[count] is the height of the list.
  const offsets = useMemo(() => {
    if (fixed) return null;
    const sums = new Float64Array(count + 1);
    for (let i = 0; i < count; i++) sums[i + 1] = sums[i]! + (heights.current.get(itemKey(i)) ?? estimate);
    return sums;
  }, [count, generation, fixed, estimate, itemKey]);
  const offsetOf = (index: number): number => (offsets ? offsets[Math.min(index, count)]! : index * estimate);
  const indexAt = (offset: number): number => {
    if (!offsets) return Math.max(0, Math.min(count, Math.floor(offset / estimate)));
    let low = 0;
    let high = count;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (offsets[middle + 1]! <= offset) low = middle + 1;
      else high = middle;
    }
    return low;
  };

  const topOf = (): number => container.current?.getBoundingClientRect().top ?? 0;

  const rangeNow = (top = -topOf()): [number, number] => {
    return [Math.max(0, indexAt(top - OVERSCAN)), Math.min(count, indexAt(top + innerHeight + OVERSCAN) + 1)];
  };

  // Below the range of the last render, nothing of the new items is known yet.
  if (container.current) range.current = rangeNow();
  else range.current = [0, Math.min(count, Math.ceil((innerHeight + OVERSCAN) / estimate))];
  const [first, last] = range.current;

  // Keeps the first visible item where it was.
  useLayoutEffect(() => {
    const top = topOf();
    const remembered = anchor.current;
    if (remembered && top < 0) {
      const from = Math.max(0, first - 400);
      for (let i = from; i < Math.min(count, last + 400); i++) {
        if (itemKey(i) === remembered.key) {
          const moved = offsetOf(i) - remembered.offset;
          if (Math.abs(moved) >= 1) {
            scrollBy({ top: moved, behavior: 'instant' });
          }
          break;
        }
      }
    }
    const after = -topOf();
    remember(after);
    const now = rangeNow(after);
    if (now[0] < range.current[0] || now[1] > range.current[1]) update(0);
    onRange?.(indexAt(after), Math.min(count, indexAt(after + innerHeight) + 1));
  });

  function remember(top: number): void {
    if (top <= 0 || count === 0) {
      anchor.current = null;
      return;
    }
    const index = Math.min(count - 1, indexAt(top));
    anchor.current = { key: itemKey(index), offset: offsetOf(index) };
  }

  const latest = useRef({ rangeNow, remember });
  latest.current = { rangeNow, remember };

  useLayoutEffect(() => {
    const onScroll = (): void => {
      const top = -topOf();
      latest.current.remember(top);
      const [from, to] = latest.current.rangeNow(top);
      // A step of several items at once, so that most scroll events cost nothing.
      if (Math.abs(from - range.current[0]) >= 4 || Math.abs(to - range.current[1]) >= 4) update(0);
    };
    addEventListener('scroll', onScroll, { passive: true });
    addEventListener('resize', onScroll);
    return () => {
      removeEventListener('scroll', onScroll);
      removeEventListener('resize', onScroll);
    };
  }, []);

  const observer = useMemo(
    () =>
      fixed
        ? null
        : new ResizeObserver((entries) => {
            let changed = false;
            for (const entry of entries) {
              const element = entry.target as HTMLElement & { itemKey?: string | number };
              const height = entry.borderBoxSize[0]?.blockSize ?? 0;
              if (element.itemKey === undefined || height === 0) continue;
              if (heights.current.get(element.itemKey) !== height) {
                heights.current.set(element.itemKey, height);
                changed = true;
              }
            }
            if (changed) update(0);
          }),
    [fixed],
  );
  useLayoutEffect(() => () => observer?.disconnect(), [observer]);

  const items: VNode[] = [];
  for (let i = first; i < last; i++) {
    const key = itemKey(i);
    items.push(
      <VirtualItem key={key} itemKey={key} offset={offsetOf(i)} observer={observer} list={role === 'list'} index={i} count={count}>
        {item(i)}
      </VirtualItem>,
    );
  }
  return (
    <div
      ref={container}
      class={`virtual ${className ?? ''}`}
      style={{ height: `${offsetOf(count)}px` }}
      role={role}
      aria-label={label}
      aria-live={role === 'log' ? 'off' : undefined}
      tabIndex={role === 'log' ? 0 : undefined}
    >
      {items}
    </div>
  );
}

function VirtualItem({ children, itemKey, offset, observer, list, index, count }: { children: VNode | null; itemKey: string | number; offset: number; observer: ResizeObserver | null; list: boolean; index: number; count: number }) {
  const ref = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const element = ref.current as (HTMLDivElement & { itemKey?: string | number }) | null;
    if (!element || !observer) return undefined;
    element.itemKey = itemKey;
    observer.observe(element);
    return () => observer.unobserve(element);
  }, [observer, itemKey]);
  return (
    <div
      ref={ref}
      class="virtual-item"
      style={{ transform: `translateY(${offset}px)` }}
      role={list ? 'listitem' : undefined}
      aria-posinset={list ? index + 1 : undefined}
      aria-setsize={list ? count : undefined}
    >
      {children}
    </div>
  );
}
