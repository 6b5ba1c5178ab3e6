import { expect, test } from '@jest/globals';
import { onDatabase, openRunner, rejection } from './project.ts';

test.each(['INSERT INTO it SELECT generate_series(1, 1001) RETURNING c', 'UPDATE it SET c = c + 1 RETURNING c'])(
  'a non-transactional revision refuses rows that are too many for its journal, and leaves nothing: %s',
  sql =>
    onDatabase(async (database, project) => {
      await database.query('CREATE TABLE it (c int); INSERT INTO it SELECT generate_series(2001, 3001)');
      const [before] = await database.query('SELECT sum(c) FROM it');
      await project.write({ id: 'a1', transactional: false, upgrade: `await op.query('${sql}');` });
      const { message } = await rejection(openRunner(database, project).runner.upgrade());
      expect(message).toContain('gave 1001 rows');
      expect(message).toContain('use op.execute where the rows are not needed');
      expect(await database.query('SELECT sum(c) FROM it')).toEqual([before]);
    })(),
);

test(
  'what the driver gives in classes of its own can be sent again after an interruption',
  onDatabase(async (database, project) => {
    await database.query('CREATE TABLE it (i interval, d timestamptz, b bytea, j jsonb, n interval[])');
    const values = `'1 year 2 days 03:04:05.006', '2020-01-02', '\\\\xdead', '{"a": [1]}', '{1 day}'`;
    await project.write({
      id: 'a1',
      transactional: false,
      upgrade: `const [row] = await op.query(\`INSERT INTO it VALUES (${values}) RETURNING *\`);
        if (op.context.x.fail) throw new Error('told to');
        await op.execute('INSERT INTO it VALUES ($1, $2, $3, $4, $5)', [row.i, row.d, row.b, row.j, row.n]);`,
    });
    const { runner } = openRunner(database, project);
    await rejection(runner.upgrade('heads', { x: { fail: 'here' } }));
    await runner.upgrade();
    expect(await database.query('SELECT count(*)::int AS same FROM it GROUP BY i, d, b, j, n')).toEqual([{ same: 2 }]);
  }),
);
