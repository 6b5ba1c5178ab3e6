import { execFileSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { afterAll, describe, expect, test } from '@jest/globals';
import { join } from 'node:path';
import { ConfigurationError } from '../../src/errors.ts';
import { ConfigNotFoundError, findConfig } from '../../src/scripts/find-config.ts';
import { loadConfig } from '../../src/scripts/load-config.ts';
import { folderWith, projectWith, removeFolders, repository } from './support/folders.ts';

afterAll(removeFolders);

describe('the configuration is found', () => {
  const everywhere = [
    'ormconfig.ts',
    'ormconfig.mts',
    'ormconfig.cts',
    'ormconfig.js',
    'ormconfig.mjs',
    'ormconfig.cjs',
    'data-source.ts',
    'data-source.js',
    'src/data-source.ts',
    'src/data-source.cjs',
  ];

  test('in this order', () => {
    for (let first = 0; first < everywhere.length; first++) {
      const directory = folderWith(Object.fromEntries(everywhere.slice(first).map(name => [name, ''])));
      expect(findConfig({ directory })).toBe(join(directory, everywhere[first]!));
    }
  });

  test('where --config says, else where the environment says, else where it usually is', () => {
    const directory = folderWith({ 'ormconfig.ts': '', 'config/one.ts': '', 'two.js': '' });
    expect(findConfig({ directory, file: 'config/one.ts', environment: 'two.js' })).toBe(
      join(directory, 'config/one.ts'),
    );
    expect(findConfig({ directory, file: undefined, environment: join(directory, 'two.js') })).toBe(
      join(directory, 'two.js'),
    );
    expect(findConfig({ directory, environment: '' })).toBe(join(directory, 'ormconfig.ts'));
  });

  test('nowhere: the error says where it was looked for', () => {
    const directory = folderWith();
    expect(() => findConfig({ directory })).toThrow(
      new ConfigNotFoundError(
        `No configuration was found in ${directory}: looked for ormconfig.{ts,mts,cts,js,mjs,cjs}, data-source.{ts,mts,cts,js,mjs,cjs}, src/data-source.{ts,mts,cts,js,mjs,cjs}; create ormconfig.ts with a DataSource as its default export, or name the file with --config.`,
        [],
      ),
    );
    expect(() => findConfig({ directory, file: 'none.ts' })).toThrow(
      /^There is no file \S+none\.ts, which --config names/,
    );
    expect(() => findConfig({ directory, environment: 'none.ts' })).toThrow(/which TYPEORM_ALEMBIC_CONFIG names/);
    expect(() => findConfig({ directory, file: '' })).toThrow('--config was given an empty name');
    execFileSync('mkfifo', [join(directory, 'pipe.ts')]);
    for (const file of ['pipe.ts', '/dev/null'])
      expect(() => findConfig({ directory, file })).toThrow(
        /which --config names, is a pipe, a socket or a device; expected/,
      );
  });
});

describe('a file that cannot be the configuration', () => {
  const names = [
    'package.json',
    'ormconfig.json',
    'README.md',
    'ormconfig',
    'types.d.ts',
    'page.jsx',
    '.env',
    'a.js.bak',
  ];

  test.each(names)('%s, by its name', name => {
    const directory = folderWith({ [name]: '{}' });
    const sentence = new RegExp(`/${name}, which (--config|TYPEORM_\\w+) names, is neither .*exports a DataSource`);
    expect(() => findConfig({ directory, file: name })).toThrow(sentence);
    expect(() => findConfig({ directory, environment: name })).toThrow(ConfigNotFoundError);
  });

  test('one that may not be read', () => {
    const directory = folderWith({ 'ormconfig.ts': '' });
    chmodSync(directory, 0o755);
    chmodSync(join(directory, 'ormconfig.ts'), 0);
    for (const search of [
      { directory },
      { directory, file: 'ormconfig.ts' },
      { directory, environment: 'ormconfig.ts' },
    ])
      expect(asNobody(() => findConfig(search))).toEqual(
        `FileAccessError: ${directory}/ormconfig.ts could not be opened (EACCES): permission is denied; give the user of this process the right to it.`,
      );
  });
});

/** What a user without rights is told: root may read everything. */
function asNobody(work: () => unknown): string {
  const user = process.geteuid!();
  if (user === 0) process.seteuid!(65534);
  try {
    return String(work());
  } catch (error) {
    return String(error);
  } finally {
    if (user === 0) process.seteuid!(user);
  }
}

const make = (database: string) => `new DataSource({ type: 'postgres', database: '${database}' })`;

/** The database of the DataSource that is found in a file, or what is said of there being none. */
async function databaseIn(source: string, name: string): Promise<unknown> {
  const prelude = name.endsWith('.cjs')
    ? "const { DataSource } = require('typeorm');"
    : "import { DataSource } from 'typeorm';";
  const directory = projectWith({ [name]: `${prelude}\n${source}` });
  try {
    const { dataSource, directory: found } = await loadConfig(join(directory, name));
    expect(found).toBe(directory);
    return dataSource.options.database;
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationError);
    return (error as Error).message.replaceAll(`${directory}/`, '');
  }
}

describe('the DataSource is', () => {
  test.each<[string, string, string?]>([
    ['the default export', `export default ${make('a')};`],
    ['a named export', `export const AppDataSource = ${make('a')};`],
    ['one instance under two names', `export const db = ${make('a')}; export default db;`],
    ['a promise', `export default Promise.resolve(${make('a')});`],
    [
      'the instance rather than its promise',
      `export const db = ${make('a')}; export const later = Promise.reject(new Error()); later.catch(() => 0);`,
    ],
    ['what the default export makes', `export default async () => ${make('a')};`],
    ['what the only function makes', `export function connect() { return ${make('a')}; }`],
    ['made of options', "export default { type: 'postgres', database: 'a' };"],
    ['made of the options a promise gives', "export default Promise.resolve({ type: 'postgres', database: 'a' });"],
    ['made of the options a function gives', "export default () => ({ type: 'postgres', database: 'a' });"],
    [
      'the instance rather than its options',
      `export const options = { type: 'postgres', database: 'b' }; export default ${make('a')};`,
    ],
    [
      'among classes and other functions',
      `export class Ticket {} export const f = () => { throw new Error(); }; export const db = ${make('a')};`,
    ],
    ['all a CommonJS file exports', `module.exports = ${make('a')};`, 'ormconfig.cjs'],
    ['a member of what a CommonJS file exports', `exports.db = ${make('a')};`, 'ormconfig.cjs'],
    [
      'compiled to CommonJS',
      `Object.defineProperty(exports, '__esModule', { value: true }); exports.default = ${make('a')}; exports.db = exports.default;`,
      'ormconfig.cjs',
    ],
    ['a promise in CommonJS', `module.exports = Promise.resolve(${make('a')});`, 'ormconfig.cjs'],
    ['made by a CommonJS function', `module.exports = () => ${make('a')};`, 'ormconfig.cjs'],
    ['plain options in CommonJS', "module.exports = { type: 'postgres', database: 'a' };", 'ormconfig.cjs'],
    [
      'in TypeScript, as this test runner compiles it',
      `const db: DataSource = ${make('a')}; export default db;`,
      'ormconfig.ts',
    ],
  ])('%s', async (_, source, name = 'ormconfig.mjs') => {
    expect(await databaseIn(source, name)).toBe('a');
  });
});

describe('it is said that', () => {
  test.each<[string, string, string]>([
    [
      'there is none',
      'export const port = 1; export class A {}',
      "ormconfig.mjs exports A, port, and no DataSource; expected `export default new DataSource({ type: 'postgres', … })`.",
    ],
    [
      'nothing is exported',
      '',
      "ormconfig.mjs exports nothing, and no DataSource; expected `export default new DataSource({ type: 'postgres', … })`.",
    ],
    [
      'there are several',
      `export const one = ${make('a')}; export const two = ${make('b')};`,
      'ormconfig.mjs exports 2 different DataSources (one, two); expected one: give each a file of its own and name it with --config.',
    ],
    [
      'it is of another database',
      "export default new DataSource({ type: 'sqljs', driver: {} });",
      'The DataSource of ormconfig.mjs is of type "sqljs"; expected "postgres", the only database this tool knows.',
    ],
    ['the file throws', "throw new Error('DB_HOST is not set.');", 'ormconfig.mjs failed: DB_HOST is not set.'],
    [
      'its function throws',
      "export default () => { throw new Error('no secret'); };",
      'ormconfig.mjs failed: no secret.',
    ],
    ['it throws anything', "throw 'text';", 'ormconfig.mjs failed: text.'],
  ])('%s', async (_, source, message) => {
    expect(await databaseIn(source, 'ormconfig.mjs')).toBe(message);
  });

  test('a type was not recorded, and what to do', async () => {
    const undecorated = `
      import { Column } from 'typeorm';
      class Ticket {}
      Column()(Ticket.prototype, 'subject');
      export default ${make('a')};`;
    expect(await databaseIn(undecorated, 'ormconfig.mjs')).toMatch(
      /^ormconfig\.mjs failed: Column type for Ticket#subject is not defined.*; the type of this property was not recorded by the compiler: name it, as in @Column\(\{ type: "text" \}\), or compile with "experimentalDecorators" and "emitDecoratorMetadata"\.$/,
    );
  });

  test('a type is imported as if it were a value', async () => {
    const directory = projectWith({
      'ormconfig.mjs': "import { Profile } from './profile.mjs';\nexport default Profile;",
      'profile.mjs': 'export const other = 1;',
    });
    await expect(loadConfig(join(directory, 'ormconfig.mjs'))).rejects.toThrow(
      /if that is a type, import or export it with "type"\.$/,
    );
  });

  test('what was thrown is the cause', async () => {
    const directory = folderWith({ 'ormconfig.mjs': "throw Object.assign(new Error('x'), { code: 'E1' });" });
    await expect(loadConfig(join(directory, 'ormconfig.mjs'))).rejects.toMatchObject({
      cause: { code: 'E1' },
      path: join(directory, 'ormconfig.mjs'),
    });
  });
});

test("the export `migrations` comes as it stands, and is nobody's DataSource", async () => {
  const directory = projectWith({
    'ormconfig.mjs':
      "export const migrations = { type: 'postgres', versionTable: 'v' };\nexport default { type: 'postgres', database: 'a' };",
  });
  const { migrations, dataSource } = await loadConfig(join(directory, 'ormconfig.mjs'));
  expect(migrations).toEqual({ type: 'postgres', versionTable: 'v' });
  expect(dataSource.options.database).toBe('a');
});

describe('the export `migrations` is', () => {
  const tableOf = async (exports: string) => {
    const directory = projectWith({ 'ormconfig.mjs': `${exports}\nexport default { type: 'postgres' };` });
    return (await loadConfig(join(directory, 'ormconfig.mjs'))).migrations.versionTable;
  };
  const define = `import { defineConfig } from '${repository}/src/resolve-config.ts';`;

  test.each([
    ["export const migrations = Promise.resolve({ versionTable: 'v' });", 'v'],
    ["export const pageConfig = { size: 10 }; export const timezone = 'UTC'; export const config = {};", undefined],
    ["export const migrations = { versionTable: 'v' }; export const config = { versionTable: 'w' };", 'v'],
  ])('read from %s', async (exports, versionTable) => {
    expect(await tableOf(exports)).toBe(versionTable);
  });

  test.each([
    ["export const migration = { versionTable: 'v' };", 'migration'],
    ["export const Migrations = { versionTable: 'v' };", 'Migrations'],
    ["export const migrationsConfig = { directory: '/', versionTable: 'v' };", 'migrationsConfig'],
    ["export const alembic = { versionTable: 'v' };", 'alembic'],
    [`${define} export const settings = defineConfig({});`, 'settings'],
  ])('not overlooked in %s', async (exports, name) => {
    await expect(tableOf(exports)).rejects.toThrow(`exports a configuration as \`${name}\`, which is not read;`);
  });

  test('a failure of the file, where its promise was rejected', async () => {
    await expect(tableOf("export const migrations = Promise.reject(new Error('no network'));")).rejects.toThrow(
      /ormconfig\.mjs failed: no network\.$/,
    );
  });
});
