import { expect, test } from '@jest/globals';
import ts from 'typescript';
import { withCarefulMetadata } from '../../src/scripts/typescript/decorator-metadata.ts';

/** Whether a program of the whole project may be asked for the type of a property: seconds, for the first one. */
test.each([
  ['@Column()', true],
  ['@Column({ nullable: true })', true],
  ['@PrimaryColumn()', true],
  ["@Column('int')", false],
  ["@Column({ type: 'int' })", false],
  ["@ViewColumn({ name: 'state' })", false],
  ['@ViewColumn()', false],
  ['@CreateDateColumn()', false],
  ['@VersionColumn()', false],
  ['@ManyToOne(() => Post)', false],
])('a type that one file does not tell is looked up where TypeORM reads it: %s', (decorator, isLookedUp) => {
  const source = `import { ViewColumn } from 'typeorm'; import * as typeorm_1 from 'typeorm';
    export class Post { ${decorator} state!: 'open' | null; ${decorator.replace('@', '@typeorm_1.')} other!: 'open' | null; }`;
  const { outputText } = ts.transpileModule(source, {
    compilerOptions: {
      strict: true,
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.ESNext,
      experimentalDecorators: true,
      emitDecoratorMetadata: true,
    },
  });
  expect(outputText.match(/"design:type", Object/g)).toHaveLength(2);
  const lookedUp = withCarefulMetadata(outputText, 'module', '/src/post.ts').match(/"Post", "(state|other)"/g);
  expect(lookedUp?.length ?? 0).toBe(isLookedUp ? 2 : 0);
});
