import { createRequire } from 'node:module';
import { describe, expect, test } from '@jest/globals';
import { ChildEntity, Column, DataSource, Entity, PrimaryGeneratedColumn, TableInheritance } from 'typeorm';
import { withQuickBuilder } from '../../src/metadata/quick-builder.ts';

class Dated {
  @Column() date!: string;
}

@Entity()
@TableInheritance({ column: { type: 'text', name: 'kind' } })
class Message extends Dated {
  @PrimaryGeneratedColumn() id!: number;
  @Column() text!: string;
}

@ChildEntity()
class Email extends Message {
  @Column() subject!: string;
}

@ChildEntity()
class Newsletter extends Email {
  @Column() issue!: number;
}

@Entity()
class Note extends Dated {
  @PrimaryGeneratedColumn() id!: number;
}

@Entity()
class Memo extends Note {
  @Column() topic!: string;
}

const entities = [Message, Email, Newsletter, Note, Memo];
const names = (classes: readonly { readonly name: string }[]) => classes.map(({ name }) => name);

async function built(): Promise<unknown> {
  const dataSource = new DataSource({ type: 'postgres', entities });
  await dataSource['buildMetadatas']();
  return dataSource.entityMetadatas.map(({ name, childEntityMetadatas, columns }) => ({
    name,
    children: names(childEntityMetadatas),
    columns: columns.map(({ databaseName, isNullable }) => [databaseName, isNullable]),
  }));
}

const builder = () => {
  const require = createRequire(import.meta.url);
  return require('typeorm/metadata-builder/EntityMetadataBuilder.js').EntityMetadataBuilder.prototype;
};

describe('the quick builder', () => {
  test('finds the same subclasses, and columns of children in their table', async () => {
    const expected = await built();
    expect(expected).toContainEqual(expect.objectContaining({ name: 'Email', children: ['Newsletter'] }));
    expect(await withQuickBuilder(built)).toEqual(expected);
  });

  test('is at work, and gone afterwards, also where that fails', async () => {
    const { build } = builder();
    const failure = withQuickBuilder(async () => {
      expect(builder().build).not.toBe(build);
      throw new Error('no');
    });
    await expect(failure).rejects.toThrow('no');
    expect(builder().build).toBe(build);
  });
});
