import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { withDatabase } from '../support/index.ts';
import { ormconfig, withProject } from './project.ts';

const view = (columns: string) => `
  entities.push(new EntitySchema({ name: 'note', columns: { id: { type: 'int', primary: true }, text: { type: 'text' } } }));
  entities.push(new EntitySchema({ type: 'view', name: 'report', expression: 'SELECT ${columns} FROM note',
    columns: { id: { type: 'int' } } }));`;

const byHand = `COMMENT ON COLUMN report.text IS 'what'; ALTER VIEW report ALTER text SET DEFAULT 'none'`;
const lost = ['comment of column text', 'default of column text'];

const namedIn = (text: string) => [...text.matchAll(/does not keep (?:the )?(.*)$/gim)].map(([, what]) => what!).sort();

test('what a view of another SELECT cannot have is named by check, in the file and in the plan of the upgrade', () =>
  withDatabase(database =>
    withProject(ormconfig(database.url, view('id, text')), async ({ run, json, write, directory }) => {
      await run('revision', '--autogenerate', '-m', 'one');
      await run('upgrade');
      await database.query(byHand);
      write({ 'later.mjs': ormconfig(database.url, view('id'))['ormconfig.mjs']! });
      const later = ['--config', 'later.mjs'];

      expect(namedIn((await run('check', ...later)).stdout)).toEqual(lost);
      expect(namedIn((await run('revision', '--autogenerate', '--dry-run', '-m', 'two', ...later)).stdout)).toEqual(
        lost,
      );
      const { stdout } = await run('revision', '--autogenerate', '-m', 'two', ...later);
      expect(namedIn(readFileSync(join(directory, stdout.trim()), 'utf8').split('function downgrade')[0]!)).toEqual(
        lost,
      );

      expect(namedIn((await run('upgrade', '--dry-run', ...later)).stdout)).toEqual(lost);
      const { steps } = await json('upgrade', '--dry-run', ...later);
      const hazards = steps.flatMap((step: any) => step.statements.flatMap((each: any) => each.hazards));
      expect(hazards).toContainEqual({ type: 'losesSetting', what: `the ${lost[1]}` });
      expect(await run('upgrade', ...later)).toMatchObject({ exitCode: 0 });
    }),
  ));
