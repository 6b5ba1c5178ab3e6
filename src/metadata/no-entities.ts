import { normalize, resolve } from 'node:path';
import type { DataSource } from 'typeorm';
import { MigrationError } from '../errors.ts';
import { ownRequire } from '../own-require.ts';
import { declarationsOf } from './entity-metadata.ts';

/** A DataSource without entities, or with a pattern that matches no file: the tables of those entities would have to go. */
export class NoEntitiesError extends MigrationError {
  override readonly name = 'NoEntitiesError';
  /** The patterns that were looked for, as absolute paths. */
  readonly patterns: readonly string[];

  /** @param hasOthers whether there are entities beside those of the patterns */
  constructor(patterns: readonly string[], hasOthers = false) {
    const found =
      patterns.length === 0
        ? 'The DataSource has no entities'
        : `The DataSource's entities are to be found at ${patterns.join(', ')}, and no file matches`;
    const advice = hasOthers
      ? `take ${patterns.length === 1 ? 'that pattern' : 'those patterns'} out of \`entities\` of the DataSource where nothing is meant, or correct what is`
      : 'build the application first, or correct `entities` of the DataSource';
    super(
      `${found}: a comparison would drop the tables of these entities; ${advice} ` +
        '(`allowNoEntities: true` in the configuration where none are meant).',
    );
    this.patterns = patterns;
  }
}

/** @throws NoEntitiesError where the DataSource has no entity, or names a pattern that no file matches */
export async function assertEntities(dataSource: DataSource): Promise<void> {
  const named: readonly unknown[] = Object.values(dataSource.options.entities ?? {});
  const patterns = named.filter(each => typeof each === 'string');
  const unmatched = patterns.filter(pattern => !matchesFile(pattern));
  if (unmatched.length > 0) {
    throw new NoEntitiesError(
      unmatched.map(pattern => resolve(pattern)),
      unmatched.length < named.length,
    );
  }
  const { entities } = await declarationsOf(dataSource);
  if (entities.length === 0) throw new NoEntitiesError(patterns.map(pattern => resolve(pattern)));
}

/**
 * Read as TypeORM reads it: https://typeorm.io/docs/data-source/data-source-options#common-data-source-options. What reads
 * patterns is loaded when there is one: a bundle in CommonJS cannot start with it, nor needs it.
 */
function matchesFile(pattern: string): boolean {
  const { globSync } = ownRequire()('tinyglobby') as typeof import('tinyglobby');
  return globSync(normalize(pattern).replaceAll('\\', '/')).length > 0;
}
