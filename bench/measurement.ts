import type { Project } from './schema.ts';
import type { Server } from './server.ts';
import type { Table } from './table.ts';

/** What measurements have in common. */
export interface Setting {
  readonly server: Server;
  /** How often each program is run. */
  readonly runs: number;
  /** A project of so many tables, written where there is none yet. */
  project(tables: number): Project;
}

/** Something to measure, at several sizes. */
export interface Measurement {
  readonly sizes: readonly number[];
  run(setting: Setting, size: number): Promise<Table>;
}
