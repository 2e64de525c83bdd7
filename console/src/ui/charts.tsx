import type { ComponentChildren } from 'preact';
import { useId, useState } from 'preact/hooks';
import { IconButton, TableHead } from './widgets.tsx';

export interface Series {
  readonly name: string;
  readonly class: string;
}

export interface Bucket {
  /** What the table and the tooltip say: `1 March`. */
  readonly label: string;
  /** Below the axis, where there is room. */
  readonly tick: string;
  /** A value a series; null where there is none. */
  readonly values: readonly (number | null)[];
  readonly href?: string | undefined;
  /** Shows what is behind it, where that is no page. */
  readonly onSelect?: (() => void) | undefined;
  /** Something else for the table, such as the count behind a median. */
  readonly note?: string | undefined;
}

interface ChartProps {
  title: string;
  series: readonly Series[];
  buckets: readonly Bucket[];
  format: (value: number) => string;
  kind: 'stacked' | 'lines';
  height?: number;
  noteTitle?: string;
  csvName?: string;
  children?: ComponentChildren;
  compact?: boolean;
}

/** A plot with the table behind it. The plot is for the eye; screen readers get the table's summary. */
export function Chart({ title, series, buckets, format, kind, height = 180, noteTitle, csvName, children, compact = false }: ChartProps) {
  const [asTable, setAsTable] = useState(false);
  const id = useId();
  return (
    <figure class={compact ? 'chart compact' : 'chart'} aria-labelledby={id}>
      <figcaption>
        <h2 id={id}>{title}</h2>
        {series.length > 1 && (
          <ul class="legend">
            {series.map((it) => (
              <li key={it.name} class={it.class}>
                <span class="swatch" />
                {it.name}
              </li>
            ))}
          </ul>
        )}
        <span class="chart-tools">
          <IconButton icon="table" label={asTable ? `${title}: show the plot` : `${title}: show the table`} pressed={asTable} onClick={() => setAsTable(!asTable)} />
          {csvName && <IconButton icon="download" label={`${title}: download as CSV`} onClick={() => downloadCsv(csvName, csvOf(series, buckets, kind === 'lines' ? ' (seconds)' : '', noteTitle))} />}
        </span>
      </figcaption>
      {children}
      {asTable ? (
        <div class="table-scroll chart-table" tabIndex={0}>
          <table>
            <TableHead text={['When']} numbers={[...series.map((it) => it.name), ...(noteTitle ? [noteTitle] : [])]} />
            <tbody>
              {buckets.map((bucket) => (
                <tr key={bucket.label}>
                  <th scope="row">{bucket.href ? (
                      <a href={bucket.href}>{bucket.label}</a>
                    ) : bucket.onSelect ? (
                      <button type="button" class="link" onClick={bucket.onSelect}>
                        {bucket.label}
                      </button>
                    ) : (
                      bucket.label
                    )}</th>
                  {bucket.values.map((it, index) => (
                    <td key={index} class="numeric">
                      {it === null ? <span class="muted">–</span> : format(it)}
                    </td>
                  ))}
                  {noteTitle && <td class="numeric">{bucket.note}</td>}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ) : (
        <Plot series={series} buckets={buckets} format={format} kind={kind} height={height} title={title} compact={compact} />
      )}
    </figure>
  );
}

/** Round numbers for an axis that reaches at least `max`. */
export function axis(max: number, lines: number): number[] {
  if (max <= 0) return [0];
  const rough = max / lines;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((it) => it * power).find((it) => it >= rough) ?? rough;
  const values: number[] = [];
  for (let value = 0; value < max + step * 0.999; value += step) values.push(value);
  return values;
}

/** Round durations, in seconds. */
export function durationAxis(max: number, lines: number): number[] {
  const steps = [60, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800, 2_592_000];
  if (max <= 0) return [0];
  const step = steps.find((it) => max / it <= lines) ?? steps.at(-1)!;
  const values: number[] = [];
  for (let value = 0; value < max + step * 0.999; value += step) values.push(value);
  return values;
}

const tickText = (seconds: number): string => (seconds === 0 ? '0' : seconds < 3600 ? `${seconds / 60} min` : seconds < 86_400 ? `${seconds / 3600} h` : `${seconds / 86_400} d`);

function Plot({ series, buckets, format, kind, height, title, compact }: Required<Pick<ChartProps, 'series' | 'buckets' | 'format' | 'kind' | 'height' | 'title' | 'compact'>>) {
  const [hover, setHover] = useState<number | null>(null);
  const totals = buckets.map((bucket) => (kind === 'stacked' ? bucket.values.reduce<number>((sum, it) => sum + (it ?? 0), 0) : Math.max(0, ...bucket.values.map((it) => it ?? 0))));
  const max = Math.max(...totals, kind === 'stacked' ? 1 : 0);
  const lines = compact ? 1 : 4;
  const ticks = kind === 'lines' ? durationAxis(max, lines) : axis(max, lines).filter(Number.isInteger);
  const top = ticks.at(-1) || 1;
  // The coordinates are percentages of the width and pixels of the height, so that texts are not stretched.
  const x = (index: number): number => ((index + 0.5) / buckets.length) * 100;
  const y = (value: number): number => height - (value / top) * (height - 8);
  const tickEvery = Math.max(1, Math.ceil(buckets.length / (compact ? 5 : 8)));
  const summary = `${title}: ${buckets.length} values, ${series.map((it) => it.name).join(' and ')}. The table has them all.`;
  const shown = hover === null ? null : buckets[hover];
  return (
    <div class="plot">
      {!compact && (
        <div class="plot-axis" style={{ height: `${height}px` }} aria-hidden="true">
          {ticks.map((tick) => (
            <span key={tick} style={{ top: `${y(tick)}px` }}>
              {kind === 'lines' ? tickText(tick) : format(tick)}
            </span>
          ))}
        </div>
      )}
      <div class="plot-area" onPointerLeave={() => setHover(null)}>
        <svg width="100%" height={height} role="img" aria-label={summary}>
          {ticks.map((tick) => (
            <line key={tick} class="grid" x1="0" x2="100%" y1={y(tick)} y2={y(tick)} />
          ))}
          {hover !== null && <rect class="hover" x={`${(hover / buckets.length) * 100}%`} width={`${100 / buckets.length}%`} y="0" height={height} />}
          {kind === 'stacked' &&
            buckets.map((bucket, index) => {
              let below = 0;
              return bucket.values.map((it, at) => {
                if (!it) return null;
                const from = below;
                below += it;
                return <rect key={`${index}-${at}`} class={`bar ${series[at]!.class}`} x={`${((index + 0.14) / buckets.length) * 100}%`} width={`${(0.72 / buckets.length) * 100}%`} y={y(below)} height={Math.max(1, y(from) - y(below) - (from > 0 ? 1 : 0))} rx="1" />;
              });
            })}
          {kind === 'lines' &&
            series.map((it, at) => (
              <g key={it.name} class={`line ${it.class}`}>
                {buckets.map((bucket, index) => {
                  const value = bucket.values[at];
                  const before = buckets[index - 1]?.values[at];
                  if (value == null) return null;
                  return (
                    <g key={index}>
                      {before != null && <line x1={`${x(index - 1)}%`} y1={y(before)} x2={`${x(index)}%`} y2={y(value)} />}
                      {at === 0 ? <circle cx={`${x(index)}%`} cy={y(value)} r="3.500" /> : <svg x={`${x(index)}%`} y={y(value)} overflow="visible"><path d="M-3.500-3.500h7v7h-7z" /></svg>}
                    </g>
                  );
                })}
              </g>
            ))}
          {buckets.map((_bucket, index) => (
            <rect key={index} class={buckets[index]!.onSelect ? 'hit selectable' : 'hit'} x={`${(index / buckets.length) * 100}%`} width={`${100 / buckets.length}%`} y="0" height={height} onPointerEnter={() => setHover(index)} onClick={buckets[index]!.onSelect} />
          ))}
        </svg>
        {buckets.map((bucket, index) =>
          bucket.href ? <a key={index} class="plot-link" tabIndex={-1} aria-hidden="true" href={bucket.href} style={{ left: `${(index / buckets.length) * 100}%`, width: `${100 / buckets.length}%` }} onPointerEnter={() => setHover(index)} /> : null,
        )}
        <div class="plot-ticks" aria-hidden="true">
          {buckets.map((bucket, index) =>
            (buckets.length - 1 - index) % tickEvery === 0 ? (
              <span key={index} style={{ left: `${x(index)}%` }}>
                {bucket.tick}
              </span>
            ) : null,
          )}
        </div>
        {shown && (
          <div class={x(hover!) > 60 ? 'plot-tip left' : 'plot-tip'} style={{ left: `${x(hover!)}%` }} aria-hidden="true">
            <strong>{shown.label}</strong>
            {series.map((it, at) =>
              shown.values[at] == null || (kind === 'stacked' && !shown.values[at]) ? null : (
                <span key={it.name} class={it.class}>
                  <span class="swatch" /> {it.name} {format(shown.values[at]!)}
                </span>
              ),
            )}
            {kind === 'stacked' && totals[hover!] === 0 && <span>{shown.values.every((it) => it === null) ? 'Not known' : 'None'}</span>}
            {shown.note && <span class="muted">{shown.note}</span>}
          </div>
        )}
      </div>
    </div>
  );
}

const quote = (text: string): string => {
  // A cell that a spreadsheet would take for a formula is text.
  const safe = /^[=+\-@\t\r]/.test(text) && Number.isNaN(Number(text)) ? `'${text}` : text;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
};

export const toCsv = (rows: readonly (readonly (string | number | null)[])[]): string => rows.map((row) => row.map((cell) => (cell === null ? '' : quote(String(cell)))).join(',')).join('\r\n') + '\r\n';

const csvOf = (series: readonly Series[], buckets: readonly Bucket[], unit: string, noteTitle?: string): string =>
  toCsv([['when', ...series.map((it) => it.name + unit), ...(noteTitle ? [noteTitle] : [])], ...buckets.map((bucket) => [bucket.label, ...bucket.values, ...(noteTitle ? [bucket.note ?? ''] : [])])]);

export function downloadCsv(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob(['\ufeff', text], { type: 'text/csv;charset=utf-8' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = `${name}.csv`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
