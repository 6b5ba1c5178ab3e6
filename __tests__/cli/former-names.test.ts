import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { withDatabase } from '../support/index.ts';
import { ormconfig, withProject } from './project.ts';

const ticket = (labels: string) => `entities.push(new EntitySchema({ name: 'ticket', columns: {
  id: { type: 'int', primary: true },
  state: { type: 'enum', enum: [${labels}], enumName: 'Mood', default: 'a' },
  past: { type: 'enum', enum: [${labels}], enumName: 'Mood', array: true } } }));`;

test('what people read calls an enum that another one replaces by its own name', () =>
  withDatabase(database =>
    withProject(ormconfig(database.url, ticket(`'a', 'b', 'c'`)), async ({ run, write, directory }) => {
      await run('revision', '--autogenerate', '-m', 'one');
      await run('upgrade');
      write({ 'later.mjs': ormconfig(database.url, ticket(`'a', 'c'`))['ormconfig.mjs']! });
      const later = ['--config', 'later.mjs'];

      const check = await run('check', ...later);
      expect(check.stdout).toContain('~ rename enum Mood -> Mood (the former one)\n');
      expect(check.stdout).toContain('- enum Mood (the former one)\n');
      expect(check.stdout).toContain('ticket.state: type "Mood" (the former one) -> "Mood"');
      expect(check.stdout).toContain('ticket.past: type "Mood"[] (the former one) -> "Mood"[]');
      expect(check.stdout).toContain('from "Mood" (the former one) to "Mood"');

      const made = await run('revision', '--autogenerate', '-m', 'two', ...later);
      expect(made.stderr).toContain('Detected ~ rename enum Mood -> Mood (the former one)');
      const comments = readFileSync(join(directory, made.stdout.trim()), 'utf8')
        .match(/\/\/.*/g)!
        .join('\n');
      expect(comments).toContain('from "Mood"[] (the former one) to "Mood"[]');

      const { stdout: plan } = await run('upgrade', '--dry-run', ...later);
      const [risks, statements] = ['!', ''].map(sign =>
        plan.split('\n').filter(line => line.trim().startsWith('!') === (sign === '!')),
      );
      expect(statements!.join()).toContain('"Mood__replaced"');
      expect(risks!.join()).toContain('from "Mood" (the former one) to "Mood"');
      for (const words of [check.stdout, check.stderr, made.stderr, comments, risks!.join()])
        expect(words).not.toContain('__replaced');
    }),
  ));
