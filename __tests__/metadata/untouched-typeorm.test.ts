import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { getMetadataArgsStorage } from 'typeorm';
import { createRunner, silent } from 'typeorm-alembic';
import { withDatabase } from '../support/index.ts';
import { entitiesOf } from './alike.ts';

const require = createRequire(import.meta.url);
const folders = [
  'metadata-builder',
  'metadata',
  'metadata-args',
  'naming-strategy',
  'data-source',
  'driver/postgres',
  'connection',
];

/** TypeORM's classes, as far as they have to do with metadata and connections. */
function classes(): readonly { readonly prototype: object; readonly name: string }[] {
  const root = path.dirname(require.resolve('typeorm'));
  return folders.flatMap(folder =>
    readdirSync(path.join(root, folder))
      .filter(name => name.endsWith('.js'))
      .flatMap(name => Object.values(require(path.join(root, folder, name)) as object))
      .filter(each => typeof each === 'function' && each.prototype),
  );
}

/** Whatever a patch would put another function in the place of, or put beside. */
const methods = () =>
  [...classes().flatMap(each => [each, each.prototype]), getMetadataArgsStorage()].map(each =>
    Object.entries(Object.getOwnPropertyDescriptors(each)).filter(
      ([, { value, get }]) => get ?? typeof value === 'function',
    ),
  );

test('two checks at once, of two DataSources, leave the classes of TypeORM as they were', () =>
  withDatabase(async database => {
    const entities = [
      ...entitiesOf(`@Entity() export class A { @PrimaryGeneratedColumn() id!: number }
        @Entity() export class B extends A { @Column() b!: string; @ManyToOne(() => A) a!: any }`),
    ];
    const before = methods();
    expect(before.flat().length).toBeGreaterThan(300);
    const names = before.map(each => each.map(([name]) => name));
    const checks = [entities, [...entities].slice(0, 1)].map(some =>
      createRunner(
        database.dataSource({ entities: some as never[] }),
        { allowNoRevisions: true },
        {
          directory: import.meta.dirname,
          logger: silent,
        },
      ).check(),
    );
    expect((await Promise.all(checks)).map(({ isEmpty }) => isEmpty)).toEqual([false, false]);
    const after = methods();
    expect(after.map(each => each.map(([name]) => name))).toEqual(names);
    const changed = after.flatMap((each, i) =>
      each.flatMap(([name, { value, get }], j) =>
        Object.is(value, before[i]![j]![1].value) && get === before[i]![j]![1].get ? [] : name,
      ),
    );
    expect(changed).toEqual([]);
  }));
