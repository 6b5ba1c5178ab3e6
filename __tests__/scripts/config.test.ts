import { kinds as builtIn } from '../../src/objects/kinds.ts';
import { configKeys } from '../../src/config-checks.ts';
import { DataSource } from 'typeorm';
import { describe, expect, test } from '@jest/globals';
import { pathToFileURL } from 'node:url';
import type { MigrationsConfig } from '../../src/config.ts';
import { defineConfig, resolveConfig } from '../../src/resolve-config.ts';
import { ConfigurationError } from '../../src/errors.ts';

const directory = '/project';
const resolved = (config: MigrationsConfig) => resolveConfig(config, { directory });

/** The message of the error a configuration is refused with; it may come from JavaScript. */
function refusalOf(config: object): string {
  try {
    resolved(config as MigrationsConfig);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationError);
    return (error as Error).message;
  }
  throw new Error('was not refused');
}

test('what is not configured is as documented', () => {
  expect(resolved({})).toEqual({
    directory,
    versionLocations: ['/project/migrations'],
    recursiveVersionLocations: false,
    allowNoRevisions: false,
    allowNoEntities: false,
    fileTemplate: '{rev}_{slug}',
    truncateSlugLength: 40,
    timezone: 'UTC',
    postWriteHooks: [],
    versionTable: 'alembic_version',
    transaction: 'each',
    lockTimeout: 1_000,
    statementTimeout: 0,
    lockWait: 600_000,
    whenAhead: 'continue',
    compareType: true,
    compareServerDefault: true,
    renames: {},
  });
});

test('what is configured stands, hooks and all, and undefined is the default', () => {
  const config = defineConfig({
    includeName: (name: string | null, type) => type !== 'table' || name !== 'legacy',
    includeObject: (_object: { readonly name: string }, name, _type, reflected) => !reflected || name !== 'x',
    processRevisionDirectives: script => ({ ...script, message: 'other' }),
    onVersionApply: async ({ revision, heads }) => void [revision, heads],
    compareType: ({ table }) => (table === 'legacy' ? false : undefined),
    renames: { tables: { old: 'new' }, columns: { 'ticket.state': 'status' } },
    includeSchemas: ['public', 'billing'],
    versionTableSchema: 'meta',
    postWriteHooks: ['prettier --write {file}', file => file.length],
  });
  expect(resolved({ ...config, timezone: undefined } as object)).toMatchObject({
    ...config,
    timezone: 'UTC',
  });
});

test('paths are relative to the directory, or absolute, or URLs', () => {
  const url = pathToFileURL('/elsewhere/migrations');
  const { versionLocations, template } = resolved({
    versionLocations: ['a', '../b', '/c', url, url.href],
    template: './revision.ts',
  });
  expect(versionLocations).toEqual(['/project/a', '/b', '/c', '/elsewhere/migrations', '/elsewhere/migrations']);
  expect(template).toBe('/project/revision.ts');
});

describe('without a directory', () => {
  const refusal = (config: MigrationsConfig, options = {}) => {
    try {
      return resolveConfig(config, options).versionLocations;
    } catch (error) {
      expect(error).toBeInstanceOf(ConfigurationError);
      return (error as Error).message;
    }
  };
  const remedy =
    'and nothing says what it is relative to; add `directory: import.meta.dirname` (`directory: __dirname` in CommonJS) to the configuration, or make the path absolute.';

  test('a relative path is an error, the default included', () => {
    expect(refusal({})).toBe(
      `The configuration leaves "versionLocations" at its default, the relative path "migrations", ${remedy}`,
    );
    expect(refusal({ versionLocations: ['/a', './b'] })).toBe(
      `The configuration's "versionLocations" has the relative path "./b", ${remedy}`,
    );
    expect(refusal({ versionLocations: ['/a'], template: 'revision.ts' })).toBe(
      `The configuration's "template" has the relative path "revision.ts", ${remedy}`,
    );
  });

  test('an absolute path, a URL and modules are not', () => {
    expect(refusal({ versionLocations: ['/a', new URL('file:///b/c/')] })).toEqual(['/a', '/b/c']);
    expect(refusal({ revisions: [] })).toEqual([]);
  });

  test('the key `directory` is one, and wins over that of the options', () => {
    expect(refusal({ directory: '/ours' })).toEqual(['/ours/migrations']);
    expect(refusal({ directory: pathToFileURL('/ours/') }, { directory: '/theirs' })).toEqual(['/ours/migrations']);
    expect(refusal({ directory: 'file:///ours', versionLocations: ['../x'] })).toEqual(['/x']);
    // What `import.meta.dirname` is in a CommonJS bundle.
    expect(refusal({ directory: undefined } as object)).toContain('nothing says what it is relative to');
  });

  test.each(['migrations', '.', './x', '../x'])('a directory that is relative itself (%s) is refused', directory => {
    const expected = `The configuration's "directory" is "${directory}"; expected an absolute path or a file: URL: import.meta.dirname, or __dirname in CommonJS.`;
    expect(refusal({ directory })).toBe(expected);
    expect(refusal({}, { directory })).toBe(expected);
  });

  test.each(['C:\\app\\migrations', 'c:/app', 'file:migrations', 'file://server/share', 'file:///a%2Fb'])(
    'what is no path of this machine (%s) is refused',
    path => {
      expect(refusal({ versionLocations: [path] }, { directory: '/x' })).toMatch(
        /^The configuration's "versionLocations" is ".*", which is .*; expected a relative path, an absolute path or a file: URL\.$/,
      );
    },
  );

  test('a URL of something else than a file is refused', () => {
    expect(refusal({ versionLocations: [new URL('https://example.org/migrations')] })).toContain(
      'which is not the URL of a file of this machine',
    );
  });
});

test.each([
  [250, 250],
  ['250', 250],
  ['250ms', 250],
  ['5s', 5_000],
  ['1.5 s', 1_500],
  ['10min', 600_000],
  ['2h', 7_200_000],
  ['1d', 86_400_000],
  [0, 0],
])('the duration %p is %p milliseconds', (lockWait, milliseconds) => {
  expect(resolved({ lockWait }).lockWait).toBe(milliseconds);
});

describe('a configuration is refused for', () => {
  test.each<[object, string]>([
    [
      { versionLocation: [] },
      'The configuration has an unknown key "versionLocation"; did you mean "versionLocations"?',
    ],
    [
      { version_table_schema: 'x' },
      'The configuration has an unknown key "version_table_schema"; did you mean "versionTableSchema"?',
    ],
    [
      { onVersionAply: () => 1 },
      'The configuration has an unknown key "onVersionAply"; did you mean "onVersionApply"?',
    ],
    [
      { renames: { table: { a: 'b' } } },
      'The configuration has an unknown key "renames.table"; did you mean "renames.tables"?',
    ],
    [
      { timezone: 'Mars/Olympus' },
      'The configuration\'s "timezone" is "Mars/Olympus"; expected the IANA name of a time zone, such as "Europe/Berlin".',
    ],
    [
      { lockTimeout: '5 parsecs' },
      'The configuration\'s "lockTimeout" is "5 parsecs"; expected whole milliseconds, or text such as "500ms", "5s" or "10min", of 24 days at most.',
    ],
    [{ includeName: 'tables' }, 'The configuration\'s "includeName" is "tables"; expected a function.'],
    [{ transaction: 'some' }, 'The configuration\'s "transaction" is "some"; expected "each", "all" or "none".'],
    [
      { versionLocations: 'migrations' },
      'The configuration\'s "versionLocations" is "migrations"; expected a list of at least one folder.',
    ],
    [
      { versionTable: () => 1 },
      'The configuration\'s "versionTable" is a function; expected a name of at most 59 bytes.',
    ],
    [
      { renames: { tables: { a: 1 } } },
      'The configuration\'s "renames" is {"tables":{"a":1}}; expected old names to new ones by kind, such as { tables: { old: "new" } }.',
    ],
    [
      { fileTemplate: '{rev}_{slag}' },
      'The configuration\'s "fileTemplate" is "{rev}_{slag}"; expected only the tokens {rev} {slug} {year} {month} {day} {hour} {minute} {second} {epoch}, and {slag} is none of them.',
    ],
  ])('%j', (config, message) => {
    expect(refusalOf(config)).toBe(message);
  });

  test.each([
    [{ fileTemplate: 'revision' }, /at least one token/],
    [{ fileTemplate: '_{rev}' }, /no part of which begins with "\." or "_"/],
    [{ fileTemplate: '../{rev}' }, /no part of which begins/],
    [{ fileTemplate: '/{rev}' }, /a relative path/],
    [
      { fileTemplate: '{year}/{rev}' },
      /set it to true|set "recursiveVersionLocations"|"recursiveVersionLocations"; set it to true/,
    ],
    [{ versionLocations: [] }, /at least one folder/],
    [{ truncateSlugLength: 0 }, /a whole number above 0/],
    [{ statementTimeout: -1 }, /expected whole milliseconds/],
    [{ lockWait: Number.POSITIVE_INFINITY }, /expected whole milliseconds/],
    [{ kinds: [] }, /an object of kinds by name/],
    [{ compareType: 'yes' }, /true, false or a function/],
    [{ postWriteHooks: 'prettier' }, /a list of shell commands and functions/],
    [{ entities: [] }, /unknown key "entities"; expected one of versionLocations, /],
    [[], /is \[\]; expected an object/],
    [Promise.resolve({ versionTable: 'v' }), /is a promise; expected an object: await it first/],
    [new DataSource({ type: 'postgres' }), /is a DataSource; expected an object such as `defineConfig/],
    [new Map([['versionTable', 'v']]), /is an object of Map; expected a plain one/],
    [Object.create({ versionTable: 'v' }) as object, /is an object of Object; expected a plain one/],
    [
      new (class Settings {
        get versionTable() {
          return 'v';
        }
      })(),
      /is an object of Settings; expected a plain one/,
    ],
    [{ renames: new Map([['tables', { a: 'b' }]]) }, /expected old names to new ones by kind/],
    [{ renames: { tables: new Map([['a', 'b']]) } }, /expected old names to new ones by kind/],
  ])('%j', (config, message) => {
    expect(refusalOf(config)).toMatch(message);
  });

  test('each key with a value of another type', () => {
    const junk = [
      null,
      true,
      5,
      NaN,
      '',
      ' ',
      [],
      [5],
      [''],
      [' '],
      [null],
      {},
      () => 1,
      Symbol('s'),
      5n,
      new Date(0),
      '{rev',
      'rev}',
    ];
    /** The junk that a key may well be. */
    const taken: Readonly<Record<string, (value: unknown) => boolean>> = {
      truth: value => value === true,
      name: value => typeof value === 'string' && value.trim() !== '',
      path: value => typeof value === 'string' && value.trim() !== '',
      callback: value => typeof value === 'function',
      duration: value => value === 5,
    };
    const list = (value: unknown) => Array.isArray(value);
    const kinds: Readonly<Record<string, (value: unknown) => boolean>> = {
      ...Object.fromEntries(
        ['recursiveVersionLocations', 'allowNoRevisions', 'allowNoEntities'].map(key => [key, taken['truth']!]),
      ),
      ...Object.fromEntries(['versionTable', 'versionTableSchema'].map(key => [key, taken['name']!])),
      ...Object.fromEntries(
        ['includeName', 'includeObject', 'processRevisionDirectives', 'onVersionApply'].map(key => [
          key,
          taken['callback']!,
        ]),
      ),
      ...Object.fromEntries(
        ['lockTimeout', 'statementTimeout', 'lockWait', 'truncateSlugLength'].map(key => [key, taken['duration']!]),
      ),
      ...Object.fromEntries(
        ['compareType', 'compareServerDefault'].map(key => [
          key,
          (value: unknown) => value === true || typeof value === 'function',
        ]),
      ),
      revisions: value => list(value) && (value as unknown[]).every(each => each !== null),
      template: value => taken['path']!(value) || typeof value === 'function',
      postWriteHooks: value => list(value) && (value as unknown[]).length === 0,
      includeSchemas: value =>
        list(value) && (value as unknown[]).length > 0 && (value as unknown[]).every(taken['name']!),
      renames: value =>
        typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype,
      kinds: value => typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype,
    };
    for (const key of Object.keys(configKeys))
      for (const value of junk) {
        if (kinds[key]?.(value) === true || key === 'directory') continue;
        expect([key, value, refusalOf({ [key]: value })]).toEqual([
          key,
          value,
          expect.stringMatching(new RegExp(`^The configuration's "${key}" is .*; expected `, 's')),
        ]);
      }
  });

  test('names that PostgreSQL would refuse or cut', () => {
    const unusable = [
      ' ',
      '\t',
      'a\0b',
      '\0',
      'a\ud800',
      '\udc00b',
      'x'.repeat(64),
      'ü'.repeat(32),
      'x'.repeat(100_000),
    ];
    for (const name of unusable)
      for (const config of [{ versionTable: name }, { versionTableSchema: name }, { includeSchemas: ['public', name] }])
        expect(refusalOf(config)).toMatch(
          /^The configuration's "\w+" is .{1,70}; expected .*name,? of at most \d\d bytes/,
        );
    for (const name of ['x', 'a b', 'Größe', '🙂', 'x'.repeat(59)]) {
      expect(resolved({ versionTable: name, versionTableSchema: name, includeSchemas: [name] })).toMatchObject({
        versionTable: name,
        versionTableSchema: name,
      });
    }
  });

  test('durations that would become none', () => {
    for (const duration of [0.5, 1.5, '0.4ms', '0.0001s', 2 ** 31])
      for (const key of ['lockTimeout', 'statementTimeout', 'lockWait'])
        expect(refusalOf({ [key]: duration })).toMatch(/expected whole milliseconds/);
  });

  test('kinds that are none', () => {
    const { tables } = builtIn;
    for (const kind of [
      1,
      null,
      {},
      [],
      tables.catalog,
      { ...tables, create: 1 },
      { ...tables, statements: undefined },
    ])
      expect(refusalOf({ kinds: { ...builtIn, kind } })).toMatch(/"kinds" is .*; expected an object of kinds by name/s);
    expect(resolved({ kinds: builtIn }).kinds).toBe(builtIn);
  });

  test('what cannot be read, and lists with holes', () => {
    const revoked = (target: object) => {
      const { proxy, revoke } = Proxy.revocable(target, {});
      revoke();
      return proxy;
    };
    const callbacks = ['includeName', 'includeObject', 'processRevisionDirectives', 'onVersionApply'];
    const throwing = (key: string) =>
      Object.defineProperty({}, key, {
        enumerable: true,
        get: () => {
          throw new Error('boom');
        },
      });
    for (const config of [revoked({}), revoked([]), revoked(() => 1)])
      expect(refusalOf(config)).toMatch(/^The configuration /);
    for (const key of Object.keys(configKeys)) {
      expect(refusalOf(throwing(key))).toBe(
        'The configuration cannot be read (boom); expected a plain object of plain values.',
      );
      for (const value of [revoked({}), revoked([]), new Array(2), Object.assign(new Array(2), { 1: 'a' })])
        expect([key, refusalOf({ [key]: value })]).toEqual([
          key,
          expect.stringMatching(/^The configuration.*(is|cannot be read) /),
        ]);
      if (!callbacks.includes(key)) continue;
      expect(resolved({ [key]: () => 1 })).toHaveProperty(key);
    }
  });

  test('nothing where folders in a template are read', () => {
    expect(resolved({ fileTemplate: '{year}/{rev}', recursiveVersionLocations: true }).fileTemplate).toBe(
      '{year}/{rev}',
    );
  });
});
