import { expect } from '@jest/globals';
import { entitiesFrom, moduleFrom, type EntityClass, type TestDataSourceOptions } from '../support/index.ts';
import { withTwins, type Declared, type Made } from './twins.ts';

const imports = `import {
  Check, ChildEntity, Column, CreateDateColumn, DefaultNamingStrategy, DeleteDateColumn, Entity, EntitySchema, Exclusion,
  ForeignKey, Generated, Index, JoinColumn, JoinTable, ManyToMany, ManyToOne, OneToMany, OneToOne, PrimaryColumn,
  PrimaryGeneratedColumn, Table, TableInheritance, Tree, TreeChildren, TreeLevelColumn, TreeParent, Unique,
  UpdateDateColumn, VersionColumn, ViewColumn, ViewEntity, VirtualColumn } from 'typeorm';
`;

/** The entities of a source that needs no imports of TypeORM's. */
export const entitiesOf = (source: string): readonly EntityClass[] => entitiesFrom(imports + source);

/** What a source says of its DataSource, as `__options`. */
const optionsOf = (source: string): TestDataSourceOptions => moduleFrom(imports + source)['__options'];

/** Expects both ways to give one database, in which nothing is left to do. Returns what the target schema made. */
export async function expectAlike(source: string, rest: Omit<Declared, 'entities'> = {}): Promise<Made> {
  const declared = { ...rest, entities: entitiesOf(source), options: { ...rest.options, ...optionsOf(source) } };
  return withTwins(async twins => {
    const made = await twins.make(declared);
    expect(made.remaining).toEqual([]);
    expect(made.text).toBe((await twins.synchronize(declared)).text);
    return made;
  });
}

/** Expects the entities to make a database, in which nothing is left to do, where TypeORM's own SQL is refused. */
export async function expectBetter(
  source: string,
  refusal: RegExp,
  rest: Omit<Declared, 'entities'> = {},
): Promise<Made> {
  const declared = { ...rest, entities: entitiesOf(source) };
  return withTwins(async twins => {
    await expect(twins.synchronize(declared)).rejects.toThrow(refusal);
    const made = await twins.make(declared);
    expect(made.remaining).toEqual([]);
    return made;
  });
}
