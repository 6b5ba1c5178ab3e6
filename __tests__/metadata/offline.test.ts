import { describe, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  BaseEntity,
  Column,
  DataSource,
  type DataSourceOptions,
  Entity,
  Index,
  PrimaryColumn,
  PrimaryGeneratedColumn,
  ViewColumn,
  ViewEntity,
} from 'typeorm';
import { MissingColumnTypeError } from '../../src/metadata/errors.ts';
import { targetSchema } from '../../src/metadata/target-schema.ts';
import { unmanaged } from '../../src/metadata/unmanaged.ts';
import { withDatabase } from '../support/index.ts';
import { whileErrorsAreRenamed } from '../support/renamed-errors.ts';

/** Nothing listens there: whoever connects fails. */
const nowhere: DataSourceOptions = { type: 'postgres', url: 'postgres://nobody@127.0.0.1:1/nothing' };

let constructed = 0;

@Entity()
class Counted {
  @PrimaryGeneratedColumn()
  id!: number;

  constructor() {
    constructed++;
  }
}

abstract class Titled {
  @PrimaryColumn()
  id!: number;

  @Column({ default: 'untitled' })
  title!: string;
}

@Entity()
class Page extends Titled {}

@Entity()
class Cover extends Titled {
  @Column({ default: 'cover' })
  override title: string = '';
}

@Entity()
class Active extends BaseEntity {
  @PrimaryColumn()
  id!: number;
}

class Subscriber {
  constructor() {
    throw new Error('subscribers are not asked');
  }
}

const titles = async (dataSource: DataSource) => {
  const { tables } = await targetSchema(dataSource);
  return ['page', 'cover'].map(name => tables.get(name)!.columns.find(column => column.name === 'title')!.default);
};

describe('a DataSource that was never initialized', () => {
  test('is read without connecting, and without running anything of the application', async () => {
    const before = constructed;
    const dataSource = new DataSource({
      ...nowhere,
      entities: [Counted],
      subscribers: [Subscriber],
      migrations: ['/does/not/exist/*.js'],
      synchronize: true,
      migrationsRun: true,
    } as DataSourceOptions);
    const { tables } = await targetSchema(dataSource);
    expect([...tables.keys()]).toEqual(['counted']);
    expect(constructed).toBe(before);
  });

  test('is left as it is', async () => {
    const dataSource = new DataSource({ ...nowhere, entities: [Counted, Active] });
    const options = { ...dataSource.options };
    const { driver, manager } = dataSource;
    await targetSchema(dataSource);
    expect(dataSource.options).toEqual(options);
    expect(dataSource.entityMetadatas).toEqual([]);
    expect(dataSource.isInitialized).toBe(false);
    expect(dataSource.driver).toBe(driver);
    expect(dataSource.manager).toBe(manager);
  });

  test('is what its active records still belong to', async () => {
    const dataSource = new DataSource({ ...nowhere, entities: [Active] });
    await targetSchema(dataSource);
    expect((Active as unknown as { dataSource: DataSource }).dataSource).toBe(dataSource);
  });

  test('may be of a class of the project’s own', async () => {
    class OurDataSource extends DataSource {
      constructor(readonly tenant: string) {
        super({ ...nowhere, entities: [Counted], schema: tenant } as DataSourceOptions);
      }
    }
    const { tables } = await targetSchema(new OurDataSource('acme'));
    expect([...tables.keys()]).toEqual(['counted']);
  });

  test('gives the same however often it is asked', async () => {
    const dataSource = new DataSource({ ...nowhere, entities: [Page, Cover] });
    const expected = ["'untitled'", "'cover'"];
    expect(await titles(dataSource)).toEqual(expected);
    expect(await titles(dataSource)).toEqual(expected);
    expect(await titles(new DataSource({ ...nowhere, entities: [Page, Cover] }))).toEqual(expected);
    dataSource.setOptions({ entities: [Page, Cover, Counted] });
    expect((await targetSchema(dataSource)).tables.has('counted')).toBe(true);
  });

  test('does not disturb another that is read at the same time', async () => {
    const sources = [[Counted], [Page, Cover], [Active, Counted]].map(
      entities => new DataSource({ ...nowhere, entities }),
    );
    const schemas = await Promise.all(sources.map(source => targetSchema(source)));
    expect(schemas.map(({ tables }) => [...tables.keys()].sort())).toEqual([
      ['counted'],
      ['cover', 'page'],
      ['active', 'counted'],
    ]);
  });
});

describe('a DataSource that is initialized', () => {
  test('tells of the metadata it has', async () => {
    await withDatabase(async database => {
      const dataSource = await database.dataSource({ entities: [Counted, Page], cache: true }).initialize();
      const built = dataSource.entityMetadatas;
      const { tables } = await targetSchema(dataSource);
      expect([...tables.keys()]).toEqual(['counted', 'page', 'query-result-cache']);
      expect(dataSource.entityMetadatas).toBe(built);
    });
  });
});

describe('entities in files', () => {
  async function withFile<Result>(source: string, work: (pattern: string) => Promise<Result>): Promise<Result> {
    const directory = mkdtempSync(path.join(tmpdir(), 'entity-files-'));
    try {
      symlinkSync(path.resolve('node_modules'), path.join(directory, 'node_modules'));
      writeFileSync(path.join(directory, 'paper.js'), source);
      return await work(path.join(directory, '*.js'));
    } finally {
      rmSync(directory, { recursive: true });
    }
  }

  const typeorm = `const { Column, Entity, PrimaryColumn } = require('typeorm');`;

  test('are loaded, and their defaults are left as they are', async () => {
    const source = `${typeorm}
      class Titled {} PrimaryColumn('int')(Titled.prototype, 'id'); Column('text', { default: 'none' })(Titled.prototype, 'title');
      class Paper extends Titled {} Entity()(Paper);
      class Folder extends Titled {} Column('text', { default: 'some' })(Folder.prototype, 'title'); Entity()(Folder);
      module.exports = { Paper, Folder };`;
    await withFile(source, async pattern => {
      for (let i = 0; i < 2; i++) {
        const { tables } = await targetSchema(new DataSource({ ...nowhere, entities: [pattern] }));
        expect([...tables.values()].map(({ name, columns }) => [name, columns[1]!.default])).toEqual([
          ['paper', "'none'"],
          ['folder', "'some'"],
        ]);
      }
    });
  });

  test('that were compiled without decorator metadata are explained, whatever a bundler calls TypeORM’s error', async () => {
    const source = `${typeorm} class Sheet {} Entity()(Sheet); Column()(Sheet.prototype, 'id'); module.exports = { Sheet };`;
    await withFile(source, async pattern => {
      await whileErrorsAreRenamed(async () => {
        const error = await targetSchema(new DataSource({ ...nowhere, entities: [pattern] })).catch(each => each);
        expect(error).toBeInstanceOf(MissingColumnTypeError);
        expect(error.message).toContain('emitDecoratorMetadata');
        expect(error.cause.name).toBe('t');
      });
    });
  });
});

test('no entities declare nothing', async () => {
  const schema = await targetSchema(new DataSource({ ...nowhere, entities: [] }));
  expect(Object.values(schema).map(({ size }) => size)).toEqual(Object.keys(schema).map(() => 0));
});

test('what TypeORM leaves to others is told apart', async () => {
  @Entity({ schema: 'old', synchronize: false })
  class Legacy {
    @PrimaryColumn()
    id!: number;
  }

  @Index('by_hand', { synchronize: false })
  @Entity({ schema: 'app' })
  class Fresh {
    @PrimaryColumn()
    id!: number;
  }

  @ViewEntity({ expression: 'SELECT 1 AS one', synchronize: false })
  class Report {
    @ViewColumn()
    one!: number;
  }
  const entities = [Legacy, Fresh, Report];
  const dataSource = new DataSource({ ...nowhere, entities } as DataSourceOptions);
  expect(await unmanaged(dataSource, { defaultSchema: 'app' })).toEqual({
    relations: ['old.legacy', 'report'],
    indexes: ['by_hand'],
  });
});
