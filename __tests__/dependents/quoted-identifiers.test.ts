import { expect, test } from '@jest/globals';
import { createRunner, silent, statementsOf } from 'typeorm-alembic';
import { autogenerate } from 'typeorm-alembic/codegen';
import { entitiesFrom, testRun, withDatabase } from '../support/index.ts';
import { imports } from './evolution.ts';

const entities = (type: string, labels: string) => `
  @Entity('item') @Check('known', "state <> 'c' AND code::text <> 'x'") @Index('open', ['id'], { where: "state = 'a'" })
  export class Item { @PrimaryGeneratedColumn() id!: number; @Column({ type: '${type}', default: '1' }) code!: any;
    @Column({ type: 'enum', enumName: 'state', enum: [${labels}], default: 'a' }) state!: string;
    @Column({ type: 'enum', enumName: 'state', enum: [${labels}], array: true, default: ['a', 'c'] }) states!: string[];
    @Column({ type: 'numeric', precision: 9, scale: 2, nullable: true }) price!: string;
    @Column({ type: 'text', generatedType: 'STORED', asExpression: 'upper(code::text)' }) up!: string; }
  @ViewEntity({ name: 'seen', expression: "SELECT id, state, code FROM item WHERE state <> 'c'" }) export class Seen { @ViewColumn() id!: number }`;

test('a database that quotes all identifiers reads as any other', () =>
  withDatabase(async database => {
    const at = (source: string, quotes: 'on' | 'off') =>
      database.dataSource({
        entities: [...entitiesFrom(imports + source)] as never[],
        installExtensions: false,
        extra: { options: `-c quote_all_identifiers=${quotes}` },
      });
    const config = { allowNoRevisions: true, versionLocations: ['.'] };
    const options = { directory: testRun().directory, logger: silent };
    await database.query('CREATE EXTENSION citext');
    const [before, after] = [
      entities('int', `'a', 'b', 'c'`),
      entities('varchar', `'c', 'a'`).replace("type: 'text'", "type: 'citext'"),
    ];
    await (await at(before, 'off').initialize()).synchronize();
    await database.query(`CREATE VIEW of_others AS SELECT state, code FROM item WHERE 'a' = ANY (states)`);
    const written = (quotes: 'on' | 'off') =>
      autogenerate(at(after, quotes), { message: 'm', revision: 'a1', createDate: new Date(0), config, ...options });
    const [plain, quoted] = [await written('off'), await written('on')];
    expect(quoted).toEqual(plain);
    expect((await createRunner(at(before, 'on'), config, options).check()).operations).toEqual([]);
    const session = await at(after, 'on').initialize();
    for (const { sql } of quoted!.upgrade.flatMap(each => statementsOf(each))) await session.query(sql);
    expect((await createRunner(at(after, 'on'), config, options).check()).operations).toEqual([]);
    for (const { sql } of quoted!.downgrade.flatMap(each => statementsOf(each))) await session.query(sql);
    expect((await createRunner(at(before, 'on'), config, options).check()).operations).toEqual([]);
  }));
