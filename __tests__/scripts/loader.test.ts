import { afterAll, describe, expect, test } from '@jest/globals';
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
    @Entity()
    export class Post {
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
  'src/profile.ts': `export interface Profile { readonly page: string }`,
});

const expectedColumns = [
  'authorId Number',
  'editorId Number',
  'id uuid',
  'level Number',
  'only String',
  'profile jsonb',
  'status String',
  'subtitle String',
  'tone String',
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
  console.log(JSON.stringify({ migrations, columns: columns.map(c => c.propertyName === c.databaseName ? c.databaseName + ' ' + (c.type.name ?? c.type) : c.databaseName + ' ' + c.referencedColumn.type.name).sort() }));`;

const imported = printColumns("const { loadConfig } = await import(scripts + '/load-config.js');");
const required = printColumns("const { loadConfig } = createRequire(import.meta.url)(scripts + '/load-config.cjs');");

const manifests = { module: '{ "type": "module" }', commonjs: '{}' };

describe.each([
  ['swc', {}],
  ["ts-morph's TypeScript", { TYPEORM_ALEMBIC_COMPILER: 'typescript' }],
])('decorator metadata, compiled by %s', (_, environment) => {
  test.each([
    { project: 'commonjs', ormconfig: list(''), from: imported },
    { project: 'commonjs', ormconfig: list(''), from: required },
    { project: 'commonjs', ormconfig: glob('__dirname'), from: imported },
    { project: 'module', ormconfig: list('.js'), from: imported },
    { project: 'module', ormconfig: list('.js'), from: required },
    { project: 'module', ormconfig: glob("new URL('.', import.meta.url).pathname"), from: imported },
  ] as const)('is what tsc writes, in a $project project (%#)', async ({ project, ormconfig, from }) => {
    const folder = projectWith({
      'package.json': manifests[project],
      'tsconfig.json': tsconfig,
      'ormconfig.ts': ormconfig,
      ...entities(project === 'module' ? '.js' : ''),
    });
    const { stdout, stderr } = await runNode(folder, from, environment);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout).columns).toEqual(expectedColumns);
  });
});
