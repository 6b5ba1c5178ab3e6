import { resolve } from 'node:path';
import type { DataSource } from 'typeorm';
import { MigrationError } from '../errors.ts';
import { declarationsOf } from './entity-metadata.ts';

/** A DataSource without entities: compared with it, everything the project has would have to go. */
export class NoEntitiesError extends MigrationError {
  override readonly name = 'NoEntitiesError';
  /** The patterns that were looked for, as absolute paths. */
  readonly patterns: readonly string[];

  constructor(patterns: readonly string[]) {
    const found =
      patterns.length === 0
        ? 'The DataSource names no entities'
        : `No entity was found: the DataSource's entities are ${patterns.join(', ')}, and nothing matches`;
    super(
      `${found}, and a comparison would drop all tables of the project; build the application first, or name its entities ` +
        'in the DataSource (`allowNoEntities: true` in the configuration where none are meant).',
    );
    this.patterns = patterns;
  }
}

/** @throws NoEntitiesError where the DataSource has no entity at all */
export async function assertEntities(dataSource: DataSource): Promise<void> {
  const { entities } = await declarationsOf(dataSource);
  if (entities.length > 0) return;
  const named: readonly unknown[] = Object.values(dataSource.options.entities ?? {});
  throw new NoEntitiesError(named.filter(each => typeof each === 'string').map(pattern => resolve(pattern)));
}
