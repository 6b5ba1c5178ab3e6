import type { TestProject, TestRevision } from './project.ts';

/** A counter tells how often something was done; the backfill doubles each number once. */
const prepared: TestRevision = {
  id: 'a1',
  upgrade: `await op.execute("CREATE TYPE level AS ENUM ('low')");
    await op.createTable({ name: 'ticket', columns: [
      { name: 'id', type: 'integer', nullable: false },
      { name: 'number', type: 'integer', nullable: false },
      { name: 'level', type: 'level', nullable: true },
    ], primaryKey: { name: 'ticket_pkey', columns: ['id'] } });
    await op.execute('CREATE TABLE counter (step text, times int)');
    await op.execute('INSERT INTO ticket SELECT n, n FROM generate_series(1, 200) n');`,
  downgrade: `await op.execute('DROP TABLE ticket, counter'); await op.execute('DROP TYPE level');`,
};

const count = (step: string) => `await op.execute("INSERT INTO counter VALUES ('${step}', 1)");`;

const gradual: TestRevision = {
  id: 'b1',
  transactional: false,
  upgrade: `${count('first')}
    await op.createIndex({ name: 'ticket_number', table: 'ticket', columns: ['number'], concurrently: true });
    await op.addEnumValue({ name: 'level', value: 'high' });
    await op.execute("UPDATE ticket SET level = 'high' WHERE id > 100");
    await op.backfill({ table: 'ticket', set: { number: 'number * 2' }, batchSize: 60 });
    ${count('second')}
    await op.execute('CREATE UNIQUE INDEX CONCURRENTLY "ticket Level" ON ticket (level, id) WHERE level IS NOT NULL');
    await op.dropIndex({ name: 'ticket_number', concurrently: true });
    await op.execute('VACUUM ticket');
    ${count('third')}`,
  downgrade: `await op.dropIndex({ name: 'ticket Level', concurrently: true });
    await op.backfill({ table: 'ticket', set: { number: 'number / 2' }, batchSize: 60 });
    ${count('fourth')}`,
};

const afterwards: TestRevision = {
  id: 'c1',
  upgrade: `${count('fifth')} await op.execute('CREATE VIEW high AS SELECT id FROM ticket WHERE level IS NOT NULL');`,
  downgrade: `await op.execute('DROP VIEW high');`,
};

export const writeCrashProject = (project: TestProject): Promise<void> => project.write(prepared, gradual, afterwards);

/** All that the revisions are to have done, and no more. */
export const contents = `SELECT
  (SELECT json_agg(c ORDER BY c) FROM (SELECT step || ' ' || sum(times) AS c FROM counter GROUP BY step) counted) AS counted,
  (SELECT sum(number)::int FROM ticket) AS numbers,
  (SELECT count(level)::int FROM ticket) AS levels,
  (SELECT json_agg(version_num) FROM alembic_version) AS versions,
  (SELECT json_agg(direction || ' ' || revision ORDER BY id) FROM alembic_version_log) AS log,
  (SELECT count(*)::int FROM alembic_version_log WHERE finished_at IS NULL OR progress IS NOT NULL) AS unfinished`;
