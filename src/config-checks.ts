import type { Renames } from './compare/renames.ts';
import type { MigrationsConfig } from './config.ts';
import { isDuration } from './duration.ts';
import { ConfigurationError, shownValue } from './errors.ts';
import { nearestName } from './suggestions.ts';

/** What `{…}` of a file template may say. */
export const fileNameTokens = ['rev', 'slug', 'year', 'month', 'day', 'hour', 'minute', 'second', 'epoch'] as const;

/** Throws ConfigurationError where `config`, which may come from JavaScript, is not what its type says. */
export function checkConfig(config: MigrationsConfig): void {
  if (!isPlain(config as unknown)) throw new ConfigurationError(`The configuration is ${described(config)}.`);
  checkKeys(Object.keys(config), Object.keys(expectations));
  checkValues(config);
  checkKeys(Object.keys(config.renames ?? {}), renamable, 'renames.');
  if (config.fileTemplate?.includes('/') && !config.recursiveVersionLocations)
    throw new ConfigurationError(
      `The configuration's "fileTemplate" makes folders (${shownValue(config.fileTemplate)}), which are read only with "recursiveVersionLocations"; set it to true.`,
    );
}

/** An object whose keys are all there are: one of a class, or made from another, has more that would not be read. */
export function isPlain(value: unknown): value is Record<string, unknown> {
  if (!isRecord(value)) return false;
  const prototype = Object.getPrototypeOf(value) as object | null;
  return prototype === null || (Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'isPrototypeOf'));
}

function described(value: unknown): string {
  if (!isRecord(value)) return `${shownValue(value)}; expected an object`;
  if (typeof value['then'] === 'function') return 'a promise; expected an object: await it first';
  if ('@instanceof' in value) return 'a DataSource; expected an object such as `defineConfig({ … })`';
  return `an object of ${value.constructor.name || 'a class'}; expected a plain one, as in \`{ ...config }\``;
}

/** Shared by every copy of this library in the process: a configuration in CommonJS has another one than an ES module. */
const registry = Symbol.for('typeorm-alembic.configs');
const shared = globalThis as { [registry]?: WeakSet<object> };

/** Remembers an object as one that `defineConfig` was given. */
export function rememberConfig(config: unknown): void {
  if (isRecord(config)) (shared[registry] ??= new WeakSet()).add(config);
}

/** Whether `defineConfig` was given it. */
export const isDefinedConfig = (value: unknown): boolean => isRecord(value) && shared[registry]?.has(value) === true;

/** Whether it is an object of the configuration's keys, and has at least one. */
export function knowsKeys(value: unknown): boolean {
  const keys = isPlain(value) ? Object.keys(value) : [];
  return keys.length > 0 && keys.every(key => Object.hasOwn(expectations, key));
}

function checkKeys(keys: readonly string[], known: readonly string[], prefix = ''): void {
  const unknown = keys.find(key => !known.includes(key));
  if (unknown === undefined) return;
  const meant = nearestName(unknown, known);
  const advice = meant === undefined ? `expected one of ${known.join(', ')}.` : `did you mean "${prefix}${meant}"?`;
  throw new ConfigurationError(`The configuration has an unknown key "${prefix}${unknown}"; ${advice}`);
}

function checkValues(config: MigrationsConfig): void {
  for (const [key, value] of Object.entries(config)) {
    const expected = value === undefined ? undefined : expectations[key as keyof MigrationsConfig](value);
    if (expected !== undefined)
      throw new ConfigurationError(`The configuration's "${key}" is ${shownValue(value)}; expected ${expected}.`);
  }
}

/** Answers with what was expected where it is not what was found. */
type Expectation = (value: unknown) => string | undefined;

const expect =
  (expected: string, holds: (value: unknown) => boolean): Expectation =>
  value =>
    holds(value) ? undefined : expected;

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
export const isText = (value: unknown): boolean => typeof value === 'string' && value !== '';
const isWritten = (value: unknown): boolean => typeof value === 'string' && value.trim() !== '';
/** A name that PostgreSQL takes and does not cut. */
const isName =
  (bytes = 63) =>
  (value: unknown): boolean =>
    isWritten(value) && !/\0|\p{Surrogate}/u.test(value as string) && Buffer.byteLength(value as string) <= bytes;
const isPath = (value: unknown): boolean => isWritten(value) || value instanceof URL;
const isFunction = (value: unknown): boolean => typeof value === 'function';
export const isListOf =
  (holds: (value: unknown) => boolean) =>
  (value: unknown): value is readonly unknown[] =>
    // A sparse list has holes, which `every` would pass over.
    Array.isArray(value) && Array.from<unknown>(value).every(holds);
const isOneOf =
  (...choices: readonly unknown[]) =>
  (value: unknown): boolean =>
    choices.includes(value);

const truth = expect('true or false', value => typeof value === 'boolean');
const callback = expect('a function', isFunction);
const decision = expect('true, false or a function', value => typeof value === 'boolean' || isFunction(value));
const duration = expect('whole milliseconds, or text such as "500ms", "5s" or "10min", of 24 days at most', value =>
  isDuration(value),
);

const renamable = Object.keys({ tables: true, columns: true, enums: true, enumLabels: true } satisfies Record<
  keyof Renames,
  true
>);
const isRenaming = (value: unknown): boolean => isPlain(value) && Object.values(value).every(isText);

const isKind = (value: unknown): boolean =>
  isRecord(value) &&
  isRecord(value['catalog']) &&
  isRecord(value['statements']) &&
  ['nameOf', 'dependsOn', 'create', 'drop', 'alter'].every(method => isFunction(value[method]));

const expectations: { readonly [Key in keyof Required<MigrationsConfig>]: Expectation } = {
  versionLocations: expect('a list of at least one folder', value => isListOf(isPath)(value) && value.length > 0),
  directory: expect('an absolute path or a file: URL, such as import.meta.dirname', isPath),
  recursiveVersionLocations: truth,
  revisions: expect(
    'a list of revision modules',
    isListOf(revision => revision !== undefined && revision !== null),
  ),
  allowNoRevisions: truth,
  allowNoEntities: truth,
  fileTemplate: value => (typeof value === 'string' ? expectedOfTemplate(value) : 'text'),
  truncateSlugLength: expect('a whole number above 0', value => Number.isInteger(value) && Number(value) > 0),
  timezone: expect('the IANA name of a time zone, such as "Europe/Berlin"', isTimezone),
  template: expect('a path or a function', value => isPath(value) || isFunction(value)),
  postWriteHooks: expect(
    'a list of shell commands and functions',
    isListOf(hook => isWritten(hook) || isFunction(hook)),
  ),
  // The log's name is longer by four, and PostgreSQL cuts names at 63 bytes.
  versionTable: expect('a name of at most 59 bytes', isName(59)),
  versionTableSchema: expect('a name of at most 63 bytes', isName()),
  transaction: expect('"each", "all" or "none"', isOneOf('each', 'all', 'none')),
  lockTimeout: duration,
  statementTimeout: duration,
  lockWait: duration,
  whenAhead: expect('"continue" or "fail"', isOneOf('continue', 'fail')),
  compareType: decision,
  compareServerDefault: decision,
  includeSchemas: expect(
    'a list of at least one name, of at most 63 bytes each',
    value => isListOf(isName())(value) && value.length > 0,
  ),
  includeName: callback,
  includeObject: callback,
  renames: expect(
    'old names to new ones by kind, such as { tables: { old: "new" } }',
    value => isPlain(value) && Object.values(value).every(isRenaming),
  ),
  processRevisionDirectives: callback,
  onVersionApply: callback,
  kinds: expect(
    'an object of kinds by name, such as { ...kinds, functions }',
    value => isPlain(value) && Object.values(value).every(isKind),
  ),
};

/** The keys that a configuration may have. */
export const configKeys = Object.fromEntries(Object.keys(expectations).map(key => [key, true] as const));

function expectedOfTemplate(template: string): string | undefined {
  const unknown = [...template.matchAll(/\{(.*?)\}/g)].find(
    ([, token]) => !fileNameTokens.some(known => known === token),
  );
  if (unknown)
    return `only the tokens ${fileNameTokens.map(token => `{${token}}`).join(' ')}, and ${unknown[0]} is none of them`;
  if (/[{}]/.test(template.replaceAll(/\{\w+\}/g, ''))) return 'each { and } as part of a token, such as {rev}';
  const segments = template.split('/');
  if (segments.some(segment => segment === '' || /^[._]/.test(segment)))
    return 'a relative path, no part of which begins with "." or "_" (such files are not read)';
  return template.includes('{')
    ? undefined
    : 'at least one token, such as {rev}, or every file would have the same name';
}

function isTimezone(value: unknown): boolean {
  if (!isText(value)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: value as string });
    return true;
  } catch {
    return false;
  }
}
