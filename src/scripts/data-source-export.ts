import { createRequire } from 'node:module';
import type { DataSource, DataSourceOptions } from 'typeorm';
import { ConfigurationError } from '../errors.ts';
import { ConfigFailedError } from './config-failure.ts';

/** A configuration file that ran and exports no DataSource; `found` names what it exports. */
export class NoDataSourceError extends ConfigurationError {
  readonly path: string;
  readonly found: readonly string[];

  constructor(path: string, found: readonly string[]) {
    const exported = found.length === 0 ? 'nothing' : found.join(', ');
    super(
      `${path} exports ${exported}, and no DataSource; expected \`export default new DataSource({ type: 'postgres', … })\`.`,
    );
    this.path = path;
    this.found = found;
  }
}

/** A configuration file that exports several DataSources, so that there is no telling which is meant. */
export class SeveralDataSourcesError extends ConfigurationError {
  readonly path: string;
  readonly found: readonly string[];

  constructor(path: string, found: readonly string[]) {
    super(
      `${path} exports ${found.length} different DataSources (${found.join(', ')}); expected one: give each a file of its own and name it with --config.`,
    );
    this.path = path;
    this.found = found;
  }
}

type Exports = readonly (readonly [name: string, value: unknown])[];

/**
 * The DataSource among a file's exports: an instance; else one a promise gives or a function makes, or one made of plain
 * options. One instance under two names is one. Throws a ConfigurationError where there is none, or several.
 */
export async function dataSourceAmong(exported: Readonly<Record<string, unknown>>, path: string): Promise<DataSource> {
  const all = Object.entries(exported);
  for (const read of readings) {
    const found = distinct(await attempt(() => read(all), path));
    if (found.length > 1) throw new SeveralDataSourcesError(path, namesOf(found));
    if (found[0]) return onPostgres(await attempt(() => toDataSource(found[0]![1], path), path), path);
  }
  throw new NoDataSourceError(path, namesOf(all));
}

/** In order of how surely they are meant: what is there is not run for, and a function other than the default is last. */
const readings: readonly ((all: Exports) => Exports | Promise<Exports>)[] = [
  all => all.filter(([, value]) => isDataSource(value)),
  async all => usable(await Promise.all(all.filter(([, value]) => isPromise(value)).map(awaited))),
  all => made(all.filter(([name]) => name === 'default')),
  all => all.filter(([, value]) => isOptions(value)),
  all => made(all),
];

/** What the one function among the exports makes; of several, any might do anything. */
async function made(exported: Exports): Promise<Exports> {
  const [factory, another] = exported.filter(([, value]) => isFactory(value));
  return factory && !another ? usable([await awaited([factory[0], (factory[1] as () => unknown)()])]) : [];
}

const awaited = async ([name, value]: Exports[number]): Promise<Exports[number]> => [name, await value];

const usable = (exported: Exports): Exports => exported.filter(([, value]) => isDataSource(value) || isOptions(value));

const namesOf = (exported: Exports): readonly string[] => exported.map(([name]) => name);

async function attempt<Result>(work: () => Result | Promise<Result>, path: string): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw new ConfigFailedError(path, error);
  }
}

const distinct = (exported: Exports): Exports =>
  exported.filter(([, value], index) => exported.findIndex(([, other]) => other === value) === index);

/** TypeORM's own mark, which holds across two copies of TypeORM where instanceof does not. */
const isDataSource = (value: unknown): value is DataSource =>
  (value as { '@instanceof'?: symbol } | null | undefined)?.['@instanceof'] === Symbol.for('DataSource');

const isPromise = (value: unknown): boolean =>
  typeof (value as { then?: unknown } | null | undefined)?.then === 'function';

const isFactory = (value: unknown): boolean =>
  typeof value === 'function' && !/^class\b/.test(Function.prototype.toString.call(value));

const isOptions = (value: unknown): value is DataSourceOptions =>
  typeof value === 'object' &&
  value !== null &&
  !isDataSource(value) &&
  typeof (value as { type?: unknown }).type === 'string';

/** Made by the project's own TypeORM, whose decorators have collected its entities. */
function toDataSource(found: unknown, path: string): DataSource {
  if (isDataSource(found)) return found;
  const typeorm = createRequire(path)('typeorm') as typeof import('typeorm');
  return new typeorm.DataSource(found as DataSourceOptions);
}

function onPostgres(dataSource: DataSource, path: string): DataSource {
  const { type } = dataSource.options;
  if (type === 'postgres') return dataSource;
  throw new ConfigurationError(
    `The DataSource of ${path} is of type "${type}"; expected "postgres", the only database this tool knows.`,
  );
}
