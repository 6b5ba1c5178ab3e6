import type { Cost } from './measure.ts';

/** A table of results, as Markdown prints it. */
export interface Table {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

const columns = ['', 'CPU s', 'server CPU s', 'wall s', 'peak MB'] as const;

/** What two programs cost that do the same, and how many times less the second does. */
export const comparison = (
  title: string,
  [theirs, theirCost]: readonly [string, Cost],
  [ours, ourCost]: readonly [string, Cost],
): Table => ({
  title,
  columns,
  rows: [
    [theirs, ...figures(theirCost)],
    [ours, ...figures(ourCost)],
    ['times less', ...keys.map(key => `${(theirCost[key] / ourCost[key]).toFixed(1)}×`)],
  ],
});

const keys = ['cpu', 'server', 'wall', 'memory'] as const;

const figures = (cost: Cost): string[] => [
  ...[cost.cpu, cost.server, cost.wall].map(seconds => seconds.toFixed(2)),
  cost.memory.toFixed(0),
];

export const markdown = ({ title, columns, rows }: Table): string =>
  [`### ${title}`, '', line(columns), line(columns.map(() => '---')), ...rows.map(line), ''].join('\n');

const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
