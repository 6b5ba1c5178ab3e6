import { expect, test } from '@jest/globals';
import { namingOfLabel } from '../../src/objects/naming.ts';
import { quoteText } from '../../src/sql/literal.ts';
import { withDatabase } from '../support/index.ts';

const labels = ['open', String.raw`back\slash`, String.raw`ends with \ `, `it's`, 'a "word"', '{a,b}', 'null', ''];

test('expressions follow a renamed label as PostgreSQL spells it, whatever is in it', () =>
  withDatabase(async database => {
    for (const from of labels)
      for (const to of labels.filter(each => each !== from)) {
        const [old, other] = [quoteText(from), quoteText(`${to}2`)];
        await database.query(`CREATE TYPE state AS ENUM (${other}, ${old});
          CREATE TABLE t (v state, CONSTRAINT c CHECK (v <> ${old} AND v <> ALL (ARRAY[${old}, ${other}]::state[])),
            w state[] DEFAULT ${quoteText(`{${[from, `${to}2`].map(each => JSON.stringify(each)).join()}}`)})`);
        const texts = () =>
          database.query<{
            text: string;
          }>(`SELECT pg_get_expr(conbin, conrelid) AS text FROM pg_constraint WHERE conname = 'c'
            UNION ALL SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef`);
        const before = await texts();
        await database.query(`ALTER TYPE state RENAME VALUE ${old} TO ${quoteText(to)}`);
        const { text: relabel } = namingOfLabel('state', from, to);
        const followed = before.map(({ text }) => ({ text: relabel('t', text) }));
        expect([from, to, followed]).toEqual([from, to, await texts()]);
        await database.query('DROP TABLE t; DROP TYPE state');
      }
  }));
