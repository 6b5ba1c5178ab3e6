import path from 'node:path';
import type { Measurement } from './measurement.ts';
import { costOf, measure, median } from './measure.ts';
import { assertNotLoaded, script } from './programs.ts';
import { writeRevisions } from './revisions.ts';

/** Reading a long history and planning an upgrade from its base. */
export const plan: Measurement = {
  sizes: [100, 1000, 10_000],
  async run({ server, project, runs }, count) {
    const place = project(10);
    const folder = `revisions-${count}`;
    writeRevisions(path.join(place.directory, folder), count);
    const program = {
      ...script(place, { url: 'postgres://nowhere', revisions: folder }, 'plan.mjs'),
      verify: (run: Parameters<typeof assertNotLoaded>[0]) => assertNotLoaded(run, new RegExp(`${folder}.alembic.`)),
    };
    const { program: measured } = await measure({ program }, server, runs);
    const parts = measured.map(({ stdout }) => JSON.parse(stdout) as { cpu: number; wall: number; steps: number });
    const ms = (values: readonly number[]) => (median(values) * 1000).toFixed(0);
    return {
      title: `load and plan, ${count} revisions`,
      columns: ['steps', 'CPU ms', 'wall ms', 'peak MB of the process'],
      rows: [
        [
          String(parts[0]!.steps),
          ms(parts.map(({ cpu }) => cpu)),
          ms(parts.map(({ wall }) => wall)),
          costOf(measured).memory.toFixed(0),
        ],
      ],
    };
  },
};
