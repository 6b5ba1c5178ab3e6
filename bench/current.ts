import path from 'node:path';
import type { Measurement } from './measurement.ts';
import { costOf, measure } from './measure.ts';
import { alembic, assertNotLoaded, assertPrinted, typeorm } from './programs.ts';
import { revision, writeRevisions } from './revisions.ts';
import { comparison } from './table.ts';

/** A command's cold start: `current` beside `typeorm migration:show`, in a project of ten tables. */
export const current: Measurement = {
  sizes: [10, 1000],
  async run({ server, project, runs }, count) {
    const place = project(10);
    const folder = `revisions-${count}`;
    const revisions = writeRevisions(path.join(place.directory, folder), count);
    const url = await server.database(`applied_${count}`, place.sql + revisions.typeorm + revisions.alembic);
    const surroundings = { url, revisions: folder };
    const results = await measure(
      {
        typeorm: {
          ...typeorm(place, surroundings, 'migration:show'),
          verify: run => assertPrinted(run, /\[X\] 1 /),
        },
        alembic: {
          ...alembic(place, surroundings, 'current'),
          verify(run) {
            assertPrinted(run, new RegExp(`${revision(count)} \\(head\\)`));
            assertNotLoaded(run, /ts-morph|swc|get-tsconfig/);
          },
        },
      },
      server,
      runs,
    );
    return comparison(
      `current, ${count} revisions`,
      ['typeorm migration:show', costOf(results.typeorm)],
      ['typeorm-alembic current', costOf(results.alembic)],
    );
  },
};
