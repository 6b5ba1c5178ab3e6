import { expect, test } from '@jest/globals';
import { refusedPairs } from '../../src/database/comparable-types.ts';
import { createRunner, silent } from '../../src/index.ts';
import { queryableOf, withDatabase } from '../support/index.ts';
import { entitiesOf } from '../metadata/alike.ts';

const types = [
  'smallint',
  'integer',
  'bigint',
  'numeric',
  'double precision',
  'text',
  'character varying',
  'character(9)',
].concat([
  'uuid',
  'date',
  'timestamp without time zone',
  'timestamp with time zone',
  'boolean',
  'mood',
  'code',
  'integer[]',
  'inet',
]);
const pairs = types.flatMap(column => types.map(referenced => ({ column, referenced })));

test('the pairs of types that PostgreSQL refuses for a foreign key are known', async () => {
  await withDatabase(async database => {
    await database.query(`CREATE TYPE mood AS ENUM ('a'); CREATE DOMAIN code AS varchar`);
    const connection = queryableOf(await database.client());
    const keys = types.map((type, i) => `c${i} ${type} UNIQUE`).join(', ');
    await database.query(
      `CREATE TABLE r (${keys}); CREATE TABLE t (${types.map((type, i) => `c${i} ${type}`).join(', ')})`,
    );
    const refused: unknown[] = [];
    for (const pair of pairs) {
      const [own, other] = [types.indexOf(pair.column), types.indexOf(pair.referenced)];
      const key = `BEGIN; ALTER TABLE t ADD FOREIGN KEY (c${own}) REFERENCES r (c${other})`;
      await database.query(key).catch(() => refused.push(pair));
      await database.query('ROLLBACK');
    }
    expect(await refusedPairs(connection as never, pairs, 'public')).toEqual(refused);
  });
});

test('a foreign key from varchar to uuid is an error that names both columns and types', async () => {
  await withDatabase(async database => {
    const entities = [
      ...entitiesOf(`@Entity() export class Folder { @Column({ primary: true, generated: 'uuid' }) uuid!: string }
        @Entity() export class Paper { @PrimaryGeneratedColumn() id!: number; @OneToOne(() => Folder) @JoinColumn() folder!: any }`),
    ];
    const runner = createRunner(
      database.dataSource({ entities }),
      {},
      { directory: import.meta.dirname, logger: silent },
    );
    await expect(runner.check()).rejects.toThrow(
      /paper\.folderUuid is of type character varying, and folder\.uuid, which it refers to, of type uuid/,
    );
  });
});
