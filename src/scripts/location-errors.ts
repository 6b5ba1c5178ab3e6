import { readdirSync } from 'node:fs';
import { MigrationError } from '../errors.ts';

const remedy =
  'write the first revision with `typeorm-alembic revision`, or correct `versionLocations` or `directory` of the configuration (`allowNoRevisions: true` where none are meant)';

/** A version location does not exist or is not a directory. */
export class MissingVersionLocationError extends MigrationError {
  override readonly name = 'MissingVersionLocationError';
  /** The absolute paths. */
  readonly versionLocations: readonly string[];

  constructor(missing: readonly string[]) {
    const [what, are] =
      missing.length === 1
        ? ['version location', 'does not exist or is not a directory']
        : ['version locations', 'do not exist or are not directories'];
    super(`The ${what} ${missing.join(', ')} ${are}; ${remedy}.`);
    this.versionLocations = missing;
  }
}

/** There are version locations, and none of them holds a file that may be a revision. */
export class NoRevisionFileError extends MigrationError {
  override readonly name = 'NoRevisionFileError';
  /** The absolute paths. */
  readonly versionLocations: readonly string[];

  constructor(versionLocations: readonly string[], recursive: boolean) {
    const within = recursive ? ' and the folders inside' : '';
    const others = versionLocations.flatMap(folder => readdirSync(folder)).filter(name => !name.startsWith('.'));
    const found = others.length === 0 ? '' : `, and found only ${sample(others)}`;
    super(
      `There is no revision file in ${versionLocations.join(', ')}${within}: looked for *.js, *.mjs, *.cjs, *.ts, *.mts and *.cts${found}; compile the revisions along with the application, ${remedy}.`,
    );
    this.versionLocations = versionLocations;
  }
}

/** `revisions` of the configuration is an empty list. */
export class NoRevisionModuleError extends MigrationError {
  override readonly name = 'NoRevisionModuleError';

  constructor() {
    super(
      'The configuration\'s "revisions" is an empty list; expected at least one revision module (`allowNoRevisions: true` where none are meant).',
    );
  }
}

const sample = (names: readonly string[]): string =>
  names.length > 3 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', ');
