import type { Measurement } from './measurement.ts';
import { costOf, measure } from './measure.ts';
import { alembic, assertNotLoaded, assertPrinted, typeorm } from './programs.ts';
import { comparison } from './table.ts';

/** `check` on a database that is what the entities declare, beside `typeorm migration:generate --check`. */
export const check: Measurement = {
  sizes: [100, 1000, 5000],
  async run({ server, project, runs }, tables) {
    const place = project(tables);
    const url = await server.database(`check_${tables}`, place.sql);
    const results = await measure(
      {
        typeorm: {
          ...typeorm(place, { url }, 'migration:generate', '--check', 'Nothing'),
          verify: run => assertPrinted(run, /No changes in database schema were found/),
        },
        alembic: {
          ...alembic(place, { url }, 'check'),
          verify(run) {
            assertPrinted(run, /do not differ/);
            assertNotLoaded(run, /ts-morph/);
          },
        },
      },
      server,
      runs,
    );
    return comparison(
      `check of an unchanged database, ${tables} tables`,
      ['typeorm migration:generate --check', costOf(results.typeorm)],
      ['typeorm-alembic check', costOf(results.alembic)],
    );
  },
};
