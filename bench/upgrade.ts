import type { Measurement } from './measurement.ts';
import { costOf, measure, median, type Run } from './measure.ts';
import { assertNotLoaded, script } from './programs.ts';
import { writeRevisions } from './revisions.ts';
import path from 'node:path';

/** An application's start where every revision is applied already: `upgrade()` beside TypeORM's `runMigrations()`. */
export const upgrade: Measurement = {
  sizes: [100, 1000],
  async run({ server, project, runs }, count) {
    const place = project(10);
    const folder = `revisions-${count}`;
    const revisions = writeRevisions(path.join(place.directory, folder), count);
    const url = await server.database(`applied_${count}`, place.sql + revisions.typeorm + revisions.alembic);
    const surroundings = { url, revisions: folder };
    const noRevision = (run: Run) => assertNotLoaded(run, new RegExp(`${folder}.(typeorm|alembic).`));
    const results = await measure(
      {
        typeorm: script(place, surroundings, 'typeorm-up.mjs'),
        alembic: { ...script(place, surroundings, 'upgrade.mjs'), verify: noRevision },
        initialized: { ...script(place, surroundings, 'upgrade-initialized.mjs'), verify: noRevision },
      },
      server,
      runs,
    );
    const theirs = partOf(results.typeorm);
    return {
      title: `nothing to do, ${count} revisions applied`,
      columns: ['', 'queries', 'CPU ms', 'wall ms', 'times less CPU', 'whole process: CPU s', 'wall s', 'peak MB'],
      rows: [
        ['TypeORM: initialize() and runMigrations()', results.typeorm],
        ['upgrade()', results.alembic],
        ['upgrade() of a DataSource that is initialized', results.initialized],
      ].map(([label, measured]) => row(label as string, measured as readonly Run[], theirs)),
    };
  },
};

/** What a program said of the part of it that counts. */
interface Part {
  readonly queries: number;
  readonly cpu: number;
  readonly wall: number;
}

function partOf(runs: readonly Run[]): Part {
  const parts = runs.map(({ stdout }) => JSON.parse(stdout) as Part);
  return {
    queries: parts[0]!.queries,
    cpu: median(parts.map(({ cpu }) => cpu)),
    wall: Math.min(...parts.map(({ wall }) => wall)),
  };
}

function row(label: string, runs: readonly Run[], theirs: Part): string[] {
  const [part, whole] = [partOf(runs), costOf(runs)];
  return [
    label,
    String(part.queries),
    (part.cpu * 1000).toFixed(0),
    (part.wall * 1000).toFixed(0),
    `${(theirs.cpu / part.cpu).toFixed(1)}×`,
    whole.cpu.toFixed(2),
    whole.wall.toFixed(2),
    whole.memory.toFixed(0),
  ];
}
