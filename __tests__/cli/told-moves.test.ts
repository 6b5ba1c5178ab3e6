import { expect, test } from '@jest/globals';
import { withDatabase } from '../support/index.ts';
import { ormconfig, withProject } from './project.ts';

const table = (schema: string) =>
  `entities.push(new EntitySchema({ name: 'note', ${schema} columns: { id: { type: 'int', primary: true } } }));`;

/** The words of the hint, as a shell reads them. */
const hintsIn = (source: string) => [...source.matchAll(/ --rename "([^"]*)"/g)].map(([, words]) => words!);
const operationsIn = (source: string) => source.match(/await op\.\w+/g)!.map(each => each.replace('await op.', ''));

test('a table moves out of the own schema and back by the words of the hint, and its rows stay', () =>
  withDatabase(database =>
    withProject(ormconfig(database.url, table('')), async ({ run, write }) => {
      await run('revision', '--autogenerate', '-m', 'one');
      await run('upgrade');
      await database.query('INSERT INTO note VALUES (7)');
      // A table that is called like the other schema takes no words for itself.
      const beside = `entities.push(new EntitySchema({ name: 'aside', columns: { note: { type: 'int', primary: true } } }));`;
      write({
        'there.mjs': ormconfig(database.url, table(`schema: 'aside',`))['ormconfig.mjs']!,
        'back.mjs': ormconfig(database.url, table('') + beside.replace('note:', 'id:'))['ormconfig.mjs']!,
      });
      for (const [config, words, spelled, rows] of [
        ['there.mjs', 'note:aside.note', 'public.note:aside.note', 'SELECT id FROM aside.note'],
        ['back.mjs', 'aside.note:note', 'aside.note:public.note', 'SELECT id FROM public.note'],
      ] as const) {
        const generate = ['revision', '--autogenerate', '-m', config, '--config', config];
        const untold = (await run(...generate, '--dry-run')).stdout;
        expect(operationsIn(untold)).toContain('dropTable');
        expect(hintsIn(untold)).toContain(words);
        const told = (await run(...generate, '--dry-run', '--rename', words)).stdout;
        expect(operationsIn(told).filter(each => each === 'moveTable')).toHaveLength(2);
        expect(told).not.toMatch(/(drop|create)Table\(\{ name: '(aside\.)?note'/);
        const other = (await run(...generate, '--dry-run', '--rename', spelled)).stdout;
        expect(operationsIn(other)).toEqual(operationsIn(told));
        await run(...generate, '--rename', words);
        expect(await run('upgrade', '--config', config)).toMatchObject({ exitCode: 0 });
        expect(await database.query(rows)).toEqual([{ id: 7 }]);
      }
      expect((await run('downgrade', '-1', '--config', 'back.mjs')).exitCode).toBe(0);
      expect((await run('downgrade', '-1', '--config', 'there.mjs')).exitCode).toBe(0);
      expect(await database.query('SELECT id FROM public.note')).toEqual([{ id: 7 }]);
    }),
  ));
