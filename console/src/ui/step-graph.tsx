import type { RunbookStepStatus } from '../generated/operations.ts';
import { StepIcon } from './icons.tsx';

export interface GraphStep {
  readonly key: string;
  readonly after: readonly string[];
}

export interface GraphRow {
  /** In which column its node is. */
  readonly lane: number;
  /** Columns that pass by, from an earlier step to a later one. */
  readonly passing: readonly number[];
  /** Columns of the steps that it waits for. */
  readonly from: readonly number[];
  /** Whether later steps wait for it. */
  readonly continues: boolean;
}

export interface Graph {
  readonly rows: readonly GraphRow[];
  readonly lanes: number;
}

/** Lays steps out from top to bottom, in their order, each below those that it waits for. */
export function layout(steps: readonly GraphStep[]): Graph {
  const index = new Map(steps.map((step, at) => [step.key, at]));
  // The row of the last step that waits for a step.
  const last = steps.map((_, at) => at);
  steps.forEach((step, at) => {
    for (const key of step.after) {
      const parent = index.get(key);
      if (parent !== undefined) last[parent] = Math.max(last[parent]!, at);
    }
  });
  const owners: (number | null)[] = [];
  const laneOf: number[] = [];
  let lanes = 1;
  const rows = steps.map((step, at) => {
    const parents = step.after.flatMap((key) => index.get(key) ?? []).filter((parent) => parent < at);
    const from = parents.map((parent) => laneOf[parent]!);
    const passing = owners.flatMap((owner, lane) => (owner !== null && last[owner]! > at ? [lane] : []));
    owners.forEach((owner, lane) => {
      if (owner !== null && last[owner]! <= at) owners[lane] = null;
    });
    const inherited = from.find((lane) => owners[lane] === null || owners[lane] === undefined);
    let lane = inherited ?? owners.findIndex((owner) => owner === null);
    if (lane < 0) lane = owners.length;
    laneOf[at] = lane;
    owners[lane] = last[at]! > at ? at : null;
    lanes = Math.max(lanes, lane + 1);
    return { lane, passing, from, continues: last[at]! > at };
  });
  return { rows, lanes };
}

const WIDTH = 18;
const NODE = 22;
const x = (lane: number): number => lane * WIDTH + 12;

/** The part of the graph beside one step. */
export function Gutter({ graph, at, status }: { graph: Graph; at: number; status: RunbookStepStatus | null }) {
  const row = graph.rows[at]!;
  const node = x(row.lane);
  return (
    <span class="gutter" style={{ width: `${graph.lanes * WIDTH + 8}px` }} aria-hidden="true">
      <svg width="100%" height="100%">
        {row.passing.map((lane) => (
          <line key={`p${lane}`} x1={x(lane)} x2={x(lane)} y1="0" y2="100%" />
        ))}
        {row.from.map((lane) => (
          <path key={`f${lane}`} d={lane === row.lane ? `M${node} 0V${NODE}` : `M${x(lane)} 0C${x(lane)} ${NODE} ${node} 2 ${node} ${NODE}`} />
        ))}
        {row.continues && <line x1={node} x2={node} y1={NODE} y2="100%" />}
      </svg>
      <span class="node" style={{ left: `${node}px`, top: `${NODE}px` }}>
        {status ? <StepIcon status={status} /> : <span class="node-dot" />}
      </span>
    </span>
  );
}
