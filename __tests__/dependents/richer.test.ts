import { describe, expect, test } from '@jest/globals';
import { testRun } from '../support/index.ts';
import { evolve, linesAbout } from './evolution.ts';
import { shareOfToday } from '../support/share-of-today.ts';

const { serverMajor } = testRun();

const columns = `@PrimaryColumn() id!: number; @Column() a!: string; @Column() b!: number; @Column() c!: number; @Column() client!: number;`;
const entities = (options = '', more = '') =>
  `@Entity('client') export class Client { @PrimaryColumn() id!: number }
   @Entity('note') ${options} export class Note { ${columns} ${more} }`;

/** What somebody made under a name that an entity comes to declare, and what of it has to stay or be named as lost. */
type Made = readonly [definition: string, feature: RegExp];

const indexes: readonly Made[] = [
  ['INDEX ? ON note (a text_pattern_ops)', /text_pattern_ops/],
  ['INDEX ? ON note (a COLLATE "C")', /COLLATE "C"|the collation .*C/],
  ['INDEX ? ON note (a DESC)', /DESC/],
  ['INDEX ? ON note (a NULLS FIRST)', /NULLS FIRST/],
  ['INDEX ? ON note (a) INCLUDE (c)', /INCLUDE \(c\)/],
  ['INDEX ? ON note USING hash (a)', /USING hash|the method hash/],
  ['INDEX ? ON note (a) WHERE b > 1', /WHERE/],
  ['INDEX ? ON note (lower(a))', /lower\(/],
  ['UNIQUE INDEX ? ON note (a)', /UNIQUE/],
  ['INDEX ? ON note (a) WITH (fillfactor=60)', /fillfactor/],
  ...(serverMajor >= 15 ? [['UNIQUE INDEX ? ON note (a) NULLS NOT DISTINCT', /NULLS NOT DISTINCT/] as const] : []),
];

const declared: Readonly<Record<string, (name: string) => string>> = {
  'a plain one': name => `@Index('${name}', ['a'])`,
  'a unique one': name => `@Index('${name}', ['a'], { unique: true })`,
  'one of two columns': name => `@Index('${name}', ['a', 'b'])`,
  'one of another column': name => `@Index('${name}', ['b'])`,
  'one that has what it includes': name => `@Index('${name}', ['a', 'c'])`,
  'one of another method': name => `@Index('${name}', ['a'], { type: 'spgist' })`,
  'a partial one': name => `@Index('${name}', ['a'], { where: 'c > 0' })`,
};

describe('what an index has stays under its name, or is named as lost', () => {
  test.each(shareOfToday(Object.entries(declared)))('%s', (_, declaration) => {
    const made = indexes.map(([definition, feature], i) => ({ name: `i${i}`, definition, feature }));
    const after = entities(made.map(({ name }) => declaration(name)).join(' '));
    const others = made.map(({ name, definition }) => `CREATE ${definition.replace('?', name)}`).join(';');
    return evolve({ before: entities(), after, others }, ({ source = '', start, end, back, again }) => {
      const upgrade = source.split('export async function downgrade')[0]!;
      for (const { name, feature, definition } of made) {
        const has = (text: string) => linesAbout(text, new RegExp(`INDEX ${name} `)).some(line => feature.test(line));
        const isNamed = linesAbout(upgrade, /Does not keep/).some(
          line => line.includes(`index ${name}`) && feature.test(line),
        );
        expect(has(start)).toBe(true);
        // A column that becomes a key is in the index as before.
        const isKey = declaration(name).includes(`'c']`) && definition.includes('INCLUDE');
        expect({ definition, isNamed }).toEqual({ definition, isNamed: !has(end) && !isKey });
      }
      expect(again).toEqual([]);
      expect(back).toBe(start);
    });
  });
});

const constraints: readonly (readonly Made[])[] = [
  [
    ['once UNIQUE (b) DEFERRABLE', /DEFERRABLE/],
    ['alone EXCLUDE USING gist (b WITH =) DEFERRABLE', /DEFERRABLE/],
    ['of_client FOREIGN KEY (client) REFERENCES client DEFERRABLE', /DEFERRABLE/],
  ],
  [
    ['once UNIQUE (b) INCLUDE (c)', /INCLUDE \(c\)/],
    ['alone EXCLUDE USING gist (b WITH =) WHERE (c > 1)', /WHERE \(\(?c > 1\)?\)/],
    ['of_client FOREIGN KEY (client) REFERENCES client ON DELETE CASCADE', /ON DELETE CASCADE/],
  ],
  [
    ...(serverMajor >= 15 ? [['once UNIQUE NULLS NOT DISTINCT (b)', /NULLS NOT DISTINCT/] as const] : []),
    ['alone EXCLUDE USING gist (b WITH =) WITH (fillfactor=60)', /fillfactor/],
    ['of_client FOREIGN KEY (client) REFERENCES client ON UPDATE SET NULL', /ON UPDATE SET NULL/],
  ],
];

describe('what a constraint has stays under its name, or is named as lost', () => {
  const after = entities(
    `@Unique('once', ['b']) @Exclusion('alone', 'USING gist (b WITH =)')`,
    `@ManyToOne(() => Client) @JoinColumn({ name: 'client', foreignKeyConstraintName: 'of_client' }) whose!: Client;`,
  );
  test.each(shareOfToday(constraints.map(made => [made.map(([definition]) => definition).join('; '), made] as const)))(
    '%s',
    (_, made) => {
      const added = made.map(([definition]) => `ALTER TABLE note ADD CONSTRAINT ${definition}`).join(';');
      const others = `CREATE EXTENSION IF NOT EXISTS btree_gist; ${added}`;
      return evolve({ before: entities(), after, others }, ({ source = '', start, end, back, again }) => {
        const upgrade = linesAbout(source.split('function downgrade')[0]!, /Does not keep/);
        for (const [definition, feature] of made) {
          const name = definition.split(' ')[0]!;
          const has = (text: string) => linesAbout(text, new RegExp(name)).some(line => feature.test(line));
          const isNamed = upgrade.some(line => line.includes(name) && feature.test(line));
          expect(has(start)).toBe(true);
          expect({ definition, isNamed }).toEqual({ definition, isNamed: !has(end) });
        }
        expect(again).toEqual([]);
        expect(back).toBe(start);
      });
    },
  );
});
