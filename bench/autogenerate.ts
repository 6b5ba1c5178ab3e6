import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { Measurement } from './measurement.ts';
import { costOf, measure } from './measure.ts';
import { alembic, typeorm } from './programs.ts';
import type { Project } from './schema.ts';
import { comparison } from './table.ts';

/** The first revision of a project, from an empty database, file written, beside `typeorm migration:generate`. */
export const autogenerate: Measurement = {
  sizes: [100, 1000],
  async run({ server, project, runs }, tables) {
    const place = project(tables);
    const url = await server.database('empty', '');
    const surroundings = { url, revisions: 'written' };
    const results = await measure(
      {
        typeorm: {
          ...typeorm(place, surroundings, 'migration:generate', 'written/typeorm/Initial'),
          before: async () => emptyFolders(place),
          verify: () => assertWritten(place, 'typeorm', tables),
        },
        alembic: {
          ...alembic(place, surroundings, 'revision', '--autogenerate', '-m', 'initial'),
          before: async () => emptyFolders(place),
          verify: () => assertWritten(place, 'alembic', tables),
        },
      },
      server,
      runs,
    );
    return comparison(
      `autogenerate from an empty database, ${tables} tables`,
      ['typeorm migration:generate', costOf(results.typeorm)],
      ['typeorm-alembic revision --autogenerate', costOf(results.alembic)],
    );
  },
};

const tools = ['typeorm', 'alembic'] as const;

const folder = ({ directory }: Project, tool: (typeof tools)[number]): string => path.join(directory, 'written', tool);

function emptyFolders(project: Project): void {
  for (const tool of tools) {
    rmSync(folder(project, tool), { recursive: true, force: true });
    mkdirSync(folder(project, tool), { recursive: true });
  }
}

function assertWritten(project: Project, tool: (typeof tools)[number], tables: number): void {
  const files = readdirSync(folder(project, tool)).map(name => path.join(folder(project, tool), name));
  const created = files.flatMap(file => readFileSync(file, 'utf8').match(/CREATE TABLE|createTable\(/g) ?? []);
  if (created.length !== tables) throw new Error(`Expected ${tables} tables in ${files}, found ${created.length}.`);
}
