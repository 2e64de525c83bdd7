import type { InputFieldsFragment, StepFieldsFragment } from '../generated/operations.ts';

interface Version {
  readonly name: string;
  readonly description: string | null;
  readonly inputs: readonly InputFieldsFragment[];
  readonly steps: readonly StepFieldsFragment[];
  readonly attach: { readonly condition: string; readonly mode: string } | null;
}

const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** A version in the form of the service's YAML, to compare two of them line by line. */
export function versionText(version: Version): string {
  const lines: string[] = [];
  write(lines, '', { name: version.name, description: version.description, inputs: version.inputs, steps: version.steps, attach: version.attach });
  return lines.join('\n');
}

function write(lines: string[], indent: string, object: object): void {
  for (const [name, value] of Object.entries(object)) {
    if (value === null || value === undefined || (Array.isArray(value) && value.length === 0)) continue;
    const key = `${indent}${snake(name)}:`;
    if (Array.isArray(value)) {
      lines.push(key);
      for (const item of value) {
        if (item && typeof item === 'object') {
          const at = lines.length;
          write(lines, `${indent}    `, item as object);
          lines[at] = `${indent}  - ${(lines[at] ?? '').trimStart()}`;
        } else {
          lines.push(`${indent}  - ${scalar(item)}`);
        }
      }
    } else if (typeof value === 'object') {
      lines.push(key);
      write(lines, `${indent}  `, value as object);
    } else if (typeof value === 'string' && value.includes('\n')) {
      lines.push(`${key} |`, ...value.trimEnd().split('\n').map((line) => `${indent}  ${line}`));
    } else {
      lines.push(`${key} ${scalar(value)}`);
    }
  }
}

const scalar = (value: unknown): string => (typeof value === 'string' && /^[A-Z_]+$/.test(value) ? value.toLowerCase() : String(value));

export interface DiffLine {
  readonly kind: 'same' | 'removed' | 'added';
  readonly text: string;
}

/** The difference of two texts by lines, by their longest common subsequence. */
export function diff(before: string, after: string): DiffLine[] {
  const a = before.split('\n');
  const b = after.split('\n');
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
  const left = a.slice(start, a.length - end);
  const right = b.slice(start, b.length - end);
  const same = (text: string): DiffLine => ({ kind: 'same', text });
  const middle: DiffLine[] = [];
  if (left.length * right.length > 4_000_000) {
    middle.push(...left.map((text): DiffLine => ({ kind: 'removed', text })), ...right.map((text): DiffLine => ({ kind: 'added', text })));
  } else {
    const width = right.length + 1;
    const lengths = new Uint32Array((left.length + 1) * width);
    for (let i = left.length - 1; i >= 0; i--) {
      for (let j = right.length - 1; j >= 0; j--) {
        lengths[i * width + j] = left[i] === right[j] ? lengths[(i + 1) * width + j + 1]! + 1 : Math.max(lengths[(i + 1) * width + j]!, lengths[i * width + j + 1]!);
      }
    }
    let i = 0;
    let j = 0;
    while (i < left.length || j < right.length) {
      if (i < left.length && j < right.length && left[i] === right[j]) {
        middle.push(same(left[i]!));
        i++;
        j++;
      } else if (j >= right.length || (i < left.length && lengths[(i + 1) * width + j]! >= lengths[i * width + j + 1]!)) {
        middle.push({ kind: 'removed', text: left[i++]! });
      } else {
        middle.push({ kind: 'added', text: right[j++]! });
      }
    }
  }
  return [...a.slice(0, start).map(same), ...middle, ...a.slice(a.length - end).map(same)];
}

/** Only what changed, with some lines around it; null stands for lines that are left out. */
export function excerpt(lines: readonly DiffLine[], around = 3): (DiffLine | null)[] {
  const shown = new Set<number>();
  lines.forEach((line, at) => {
    if (line.kind === 'same') return;
    for (let near = at - around; near <= at + around; near++) shown.add(near);
  });
  const result: (DiffLine | null)[] = [];
  lines.forEach((line, at) => {
    if (shown.has(at)) result.push(line);
    else if (result.length > 0 && result.at(-1) !== null) result.push(null);
    else if (result.length === 0) result.push(null);
  });
  return result;
}
