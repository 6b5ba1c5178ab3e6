import { describe, expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Files, withProject } from '../cli/project.ts';
import { runCli, withDatabase } from '../support/index.ts';
import { shareOfToday } from '../support/share-of-today.ts';
import { withClient } from '../support/templates.ts';
import { installLibrary } from './installed-library.ts';
import { classSource, entitySource, history, idOf, runWithTypeorm } from './legacy-history.ts';

const HALF = 16;

interface Kind {
  readonly type: 'commonjs' | 'module';
  readonly directory: string;
}

const commonjs: Kind = { type: 'commonjs', directory: '__dirname' };
const esm: Kind = { type: 'module', directory: 'import.meta.dirname' };

/** As TypeORM's documentation has it: a data source that finds its migrations by a glob. */
const project = ({ type, directory }: Kind): Files => ({
  'package.json': JSON.stringify({ type }),
  'tsconfig.json': JSON.stringify({
    compilerOptions: { experimentalDecorators: true, emitDecoratorMetadata: true, strict: true },
  }),
  'src/data-source.ts': `
    import 'reflect-metadata';
    import { DataSource } from 'typeorm';
    import { Item, ItemCount, Owner } from './entities${type === 'module' ? '.js' : ''}';
    export const AppDataSource = new DataSource({
      type: 'postgres',
      url: process.env.DATABASE_URL,
      entities: [Item, ItemCount, Owner],
      migrations: [${directory} + '/migrations/*{.ts,.js}'],
      migrationsTransactionMode: 'each',
    });`,
  'src/entities.ts': entitySource,
  ...Object.fromEntries(
    history.map(each => [
      `src/migrations/${idOf(each)}-${each.name}.ts`,
      `import { MigrationInterface, QueryRunner } from "typeorm";\n\n${classSource(each)}`,
    ]),
  ),
});

const ownFolder = `\nexport const migrations = { versionLocations: ['revisions'] };\n`;

const journal = 'SELECT name, count(*)::int AS times FROM journal GROUP BY name ORDER BY length(name), name';

const kinds = { CommonJS: commonjs, 'ES modules': esm };

describe.each(shareOfToday(Object.entries(kinds), 1))('a TypeScript project of %s', (_, kind) => {
  test('is adopted half way, and goes on', () =>
    withProject(project(kind), ({ directory, write }) =>
      withDatabase(database =>
        withDatabase(async fresh => {
          await installLibrary(directory);
          await runWithTypeorm(database.url, history.slice(0, HALF));
          const run = (url: string, ...args: string[]) => runCli(args, { cwd: directory, env: { DATABASE_URL: url } });
          const before = readdirSync(join(directory, 'src/migrations'));

          const refused = await run(database.url, 'adopt');
          expect(refused).toMatchObject({ exitCode: 1, stdout: '' });
          expect(refused.stderr).toContain("versionLocations: ['revisions']");

          write({ 'src/data-source.ts': readFileSync(join(directory, 'src/data-source.ts'), 'utf8') + ownFolder });
          const adopted = await run(database.url, 'adopt');
          expect(adopted).toMatchObject({ exitCode: 0 });
          expect(adopted.stdout).toContain(
            `The database is at ${idOf(history[HALF - 1]!)}; \`upgrade\` runs what is left.`,
          );
          expect(readdirSync(join(directory, 'src/migrations'))).toEqual(before);
          expect(readdirSync(join(directory, 'src/revisions'))).toHaveLength(history.length);

          expect(await run(database.url, 'upgrade')).toMatchObject({ exitCode: 0 });
          expect(await run(database.url, 'check')).toMatchObject({ exitCode: 0 });
          expect(await run(fresh.url, 'upgrade')).toMatchObject({ exitCode: 0 });
          expect(await run(fresh.url, 'check')).toMatchObject({ exitCode: 0 });
          for (const { url } of [database, fresh]) {
            expect(await withClient(url, async client => (await client.query(journal)).rows)).toEqual(
              history.map(({ name }) => ({ name, times: 1 })),
            );
          }
        }),
      ),
    ));
});
