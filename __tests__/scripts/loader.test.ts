import { afterAll, describe, expect, test } from '@jest/globals';
import { shareOfToday } from '../support/share-of-today.ts';
import { projectWith, removeFolders } from './support/folders.ts';
import { runNode } from './support/node.ts';

afterAll(removeFolders);

/** Two entities that import each other, and everything in a decorated place that one file alone cannot tell the type of. */
const entities = (extension: '' | '.js') => ({
  'src/user.entity.ts': `
    import { Column, Entity, OneToMany, PrimaryGeneratedColumn } from 'typeorm';
    import { Post } from './post.entity${extension}';
    @Entity()
    export class User {
      @PrimaryGeneratedColumn() id!: number;
      @Column() name!: string;
      @OneToMany(() => Post, post => post.author) posts!: Post[];
      @OneToMany(() => Post, post => post.editor) edited!: Post[];
    }`,
  'src/post.entity.ts': `
    import { Column, Entity, ManyToOne, PrimaryGeneratedColumn, type Relation } from 'typeorm';
    import { User } from './user.entity${extension}';
    import { Level, Status, Tone } from '@model/status${extension}';
    // The Profile of a post is an interface: there is nothing to import.
    import { Profile } from './profile${extension}';
    import { Cents, Flag, Mood as Feeling } from './aliases/index${extension}';
    import type { Word } from './aliases/index${extension}';
    import * as aliases from './aliases/index${extension}';
    type Own = 'a' | 'b';
    @Entity()
    export class Post {
      @Column() mood!: Feeling;
      @Column({ nullable: true }) cents?: Cents;
      @Column({ name: 'type' }) flag!: Flag;
      @Column() word!: Word;
      @Column() spaced!: aliases.Mood;
      @Column() nested!: aliases.nested.Deep;
      @Column() own!: Own;
      @Column() either!: Feeling | 'x';
      @Column('simple-json') settings!: aliases.Settings;
      @PrimaryGeneratedColumn('uuid') id!: string;
      @Column() status!: Status;
      @Column() level!: Level;
      @Column({ default: Tone.loud }) tone!: Tone;
      @Column() only!: Status.open;
      @Column({ nullable: true }) subtitle?: string;
      @Column() writtenAt!: Date;
      @Column('jsonb', { comment: 'Profile' }) profile!: Profile;
      @ManyToOne(() => User, user => user.posts) author!: User;
      @ManyToOne(() => User, user => user.edited) editor!: Relation<User>;
      constructor(readonly writer: User) {}
    }`,
  'src/model/status.ts': `
    export enum Status { open = 'open', closed = 'closed' }
    export enum Level { low, high = 7 }
    export const Tone = { loud: 'loud', low: 'low' } as const;
    export type Tone = (typeof Tone)[keyof typeof Tone];`,
  'src/aliases/index.ts': `
    export * from './words${extension}';
    export { type Cents, type Flag } from './numbers${extension}';
    export interface Settings { theme: string }
    export namespace nested { export type Deep = 1 | 2 }`,
  'src/aliases/words.ts': `
    export const moods = ['good', 'bad'] as const;
    export type Mood = (typeof moods)[number];
    export type Word = \`${'$'}{Mood}-day\`;`,
  'src/aliases/numbers.ts': 'export type Cents = number; export type Flag = boolean;',
  'src/profile.ts': `export interface Profile { readonly page: string }`,
});

const expectedColumns = [
  'authorId Number',
  'cents Number',
  'editorId Number',
  'either String',
  'id uuid',
  'level Number',
  'mood String',
  'nested Number',
  'only String',
  'own String',
  'profile jsonb',
  'settings simple-json',
  'spaced String',
  'status String',
  'subtitle String',
  'tone String',
  'type Boolean',
  'word String',
  'writtenAt Date',
];

const tsconfig = JSON.stringify({
  compilerOptions: {
    strict: true,
    experimentalDecorators: true,
    emitDecoratorMetadata: true,
    paths: { '@model/*': ['./src/model/*'] },
  },
});

const list = (extension: '' | '.js') => `
  import { DataSource } from 'typeorm';
  import { Post } from './src/post.entity${extension}';
  import { User } from './src/user.entity${extension}';
  export default new DataSource({ type: 'postgres', entities: [User, Post] });
  export const migrations = { versionTable: 'v' };`;

const glob = (folder: string) => `
  import { DataSource } from 'typeorm';
  export default new DataSource({ type: 'postgres', entities: [${folder} + '/src/**/*.entity{.ts,.js}'] });`;

const printColumns = (how: string) => `
  ${how}
  const { dataSource, migrations } = await loadConfig(process.cwd() + '/ormconfig.ts');
  await dataSource.buildMetadatas();
  const { columns } = dataSource.getMetadata('Post');
  console.log(JSON.stringify({ migrations, columns: columns.map(c => c.propertyName === c.databaseName ? c.databaseName + ' ' + (c.type.name ?? c.type) : c.databaseName + ' ' + (c.referencedColumn ?? c).type.name).sort() }));`;

const imported = printColumns("const { loadConfig } = await import(scripts + '/load-config.js');");
const required = printColumns("const { loadConfig } = createRequire(import.meta.url)(scripts + '/load-config.cjs');");

const manifests = { module: '{ "type": "module" }', commonjs: '{}' };

test('the expected types are what tsc writes', async () => {
  const compilerOptions = {
    ...JSON.parse(tsconfig).compilerOptions,
    module: 'commonjs',
    target: 'es2022',
    outDir: 'out',
    rootDir: '.',
    skipLibCheck: true,
    types: ['node'],
  };
  // Compiled code keeps the alias, so tsc is given the relative path.
  const sources = Object.entries(entities('')).map(([name, text]) => [name, text.replace('@model/', './model/')]);
  const folder = projectWith({
    'package.json': manifests.commonjs,
    'tsconfig.json': JSON.stringify({ compilerOptions, include: ['src', 'ormconfig.ts'] }),
    'ormconfig.ts': list(''),
    ...Object.fromEntries(sources),
  });
  const tsc = `createRequire(process.cwd() + '/x').resolve('typescript/bin/tsc')`;
  const script = `
    import { execFileSync } from 'node:child_process';
    execFileSync(process.execPath, [${tsc}, '-p', '.']);
    ${imported.replace('/ormconfig.ts', '/out/ormconfig.js')}`;
  const { stdout, stderr } = await runNode(folder, script);
  expect(stderr).toBe('');
  expect(JSON.parse(stdout).columns).toEqual(expectedColumns);
});

const projects = [
  { project: 'commonjs', ormconfig: list(''), from: imported },
  { project: 'commonjs', ormconfig: list(''), from: required },
  { project: 'commonjs', ormconfig: glob('__dirname'), from: imported },
  { project: 'module', ormconfig: list('.js'), from: imported },
  { project: 'module', ormconfig: list('.js'), from: required },
  { project: 'module', ormconfig: glob("new URL('.', import.meta.url).pathname"), from: imported },
] as const;

describe.each([
  ['swc', {}],
  ["ts-morph's TypeScript", { TYPEORM_ALEMBIC_COMPILER: 'typescript' }],
])('decorator metadata, compiled by %s', (_, environment) => {
  test.each(shareOfToday(projects))(
    'is what tsc writes, in a $project project (%#)',
    async ({ project, ormconfig, from }) => {
      const folder = projectWith({
        'package.json': manifests[project],
        'tsconfig.json': tsconfig,
        'ormconfig.ts': ormconfig,
        ...entities(project === 'module' ? '.js' : ''),
      });
      const { stdout, stderr } = await runNode(folder, from, environment);
      expect(stderr).toBe('');
      expect(JSON.parse(stdout).columns).toEqual(expectedColumns);
    },
  );
});

/** What a project prints whose only file beside the configuration is given. */
async function printed(files: Readonly<Record<string, string>>, environment: Readonly<Record<string, string>> = {}) {
  const folder = projectWith({ 'package.json': manifests.commonjs, ...files });
  const script = `
    const { loadConfig } = await import(scripts + '/load-config.js');
    try {
      const { dataSource } = await loadConfig(process.cwd() + '/ormconfig.ts');
      console.log(dataSource.options.database);
    } catch (error) {
      console.log(error.name, error.message, error.cause?.stack);
    }`;
  const { stdout, stderr } = await runNode(folder, script, environment);
  expect(stderr).toBe('');
  return stdout.replaceAll(folder, '.');
}

const options = (database: string) =>
  `import { DataSource } from 'typeorm';\nexport default new DataSource({ type: 'postgres', database: ${database} });\n`;

describe.each([
  ['swc', {}],
  ["ts-morph's TypeScript", { TYPEORM_ALEMBIC_COMPILER: 'typescript' }],
])('a project compiled by %s', (_, environment) => {
  test('may import by baseUrl, as Nest projects do', async () => {
    const files = {
      'tsconfig.json': '{ "compilerOptions": { "baseUrl": "./" } }',
      'ormconfig.ts': `import { name } from 'src/name';\n${options('name')}`,
      'src/name/index.ts': "export const name: string = 'by baseUrl';",
    };
    expect(await printed(files, environment)).toBe('by baseUrl\n');
  });

  test('records String for a nullable string unless it is strict', async () => {
    const file = `
      import 'reflect-metadata';
      const Seen = (target: object, key: string) => { seen = (Reflect as any).getMetadata('design:type', target, key).name; };
      let seen: string | undefined = undefined;
      const said = 'left: string | null;';
      class Ticket { @Seen subject: string | null = null; }
      ${options('seen + said')}`;
    const strict = { 'tsconfig.json': '{ "compilerOptions": { "strict": true } }', 'ormconfig.ts': file };
    const loose = { 'tsconfig.json': '{ "compilerOptions": { "strict": false } }', 'ormconfig.ts': file };
    expect(await printed(loose, environment)).toBe('Stringleft: string | null;\n');
    expect(await printed(strict, environment)).toBe('Objectleft: string | null;\n');
  });

  test('has stacks that point into its sources', async () => {
    const thrown = await printed(
      {
        'ormconfig.ts': "import './src/broken';\n",
        'src/broken.ts': "interface Long {\n  a: string;\n}\n\nthrow new Error('on line 5');\n",
      },
      environment,
    );
    expect(thrown).toContain('ConfigurationError ./ormconfig.ts failed: on line 5. Error: on line 5');
    expect(thrown).toContain('./src/broken.ts:5:7');
  });

  test('is told of a mistake in its syntax', async () => {
    const said = await printed({ 'ormconfig.ts': "// a comment\n\nconst = 'b';\n" }, environment);
    expect(said).toMatch(
      /^ConfigurationError \.\/ormconfig\.ts is not TypeScript that can be compiled: \w[^(\n]*[^(\n.] \(line 3(?:, column 7)?\)\. \w/,
    );
  });
});

test.each([
  ['module', 'js', 'export default', 'export const', 'load-config.js', 'load-revision.js', 'import'],
  ['commonjs', 'cjs', 'module.exports =', 'exports.', 'load-config.cjs', 'load-revision.cjs', 'require'],
] as const)(
  'a compiled %s project loads no compiler',
  async (project, extension, exportDefault, exportName, config, revision, how) => {
    const folder = projectWith({
      'package.json': manifests[project],
      [`ormconfig.${extension}`]: `${exportDefault} { type: 'postgres', database: 'compiled' };`,
      [`migrations/a1.${extension}`]: ['revision', 'downRevision', 'upgrade', 'downgrade']
        .map(
          (name, index) =>
            `${exportName === 'exports.' ? `exports.${name}` : `export const ${name}`} = ${["'a1'", 'null', '() => 7', '() => 8'][index]};`,
        )
        .join('\n'),
    });
    const script = `
    const { createRequire: own } = await import('node:module');
    const load = ${how === 'import' ? 'file => import(file)' : 'file => own(import.meta.url)(file)'};
    const { loadConfig } = await load(scripts + '/${config}');
    const { loadRevision } = await load(scripts + '/${revision}');
    const { dataSource } = await loadConfig(process.cwd() + '/ormconfig.${extension}');
    const { upgrade } = await loadRevision({ path: process.cwd() + '/migrations/a1.${extension}' });
    const loaded = Object.keys(own(import.meta.url).cache).filter(file => /@swc|ts-morph|get-tsconfig|install-hooks/.test(file));
    console.log(dataSource.options.database, upgrade(), loaded, globalThis[Symbol.for('typeorm-alembic.typescript')]);`;
    expect(await runNode(folder, script)).toEqual({ status: 0, stdout: 'compiled 7 [] undefined\n', stderr: '' });
  },
);

test.each(
  shareOfToday([
    ['module', 'ts'],
    ['commonjs', 'ts'],
    ['commonjs', 'mts'],
    ['module', 'cts'],
  ] as const),
)('a %s application can run .%s revisions', async (project, extension) => {
  const folder = projectWith({
    'package.json': manifests[project],
    [`migrations/a1.${extension}`]: `
      import type { Operations } from 'typeorm-alembic';
      enum Tone { loud = 'loud' }
      export const revision = 'a1';
      export const downRevision: string | null = null;
      export async function upgrade(op: Operations): Promise<unknown> { return [op, Tone.loud]; }
      export async function downgrade(op: Operations): Promise<void> {}`,
  });
  const script = `
    const { readRevisionHeaders } = await import(scripts + '/revision-files.js');
    const { loadRevision } = await import(scripts + '/load-revision.js');
    const [file] = await readRevisionHeaders([process.cwd() + '/migrations']);
    const before = globalThis[Symbol.for('typeorm-alembic.typescript')];
    const { upgrade } = await loadRevision(file);
    console.log(before, await upgrade('op'));`;
  expect(await runNode(folder, script)).toEqual({ status: 0, stdout: "undefined [ 'op', 'loud' ]\n", stderr: '' });
});
