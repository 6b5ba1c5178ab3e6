import { MigrationError } from '../errors.ts';
import type { QualifiedName } from '../sql/name.ts';

/** Row level security may hide rows of a table from the role that was to update all of them. */
export class HiddenRowsError extends MigrationError {
  override readonly name = 'HiddenRowsError';
  readonly table: QualifiedName;

  constructor(table: QualifiedName) {
    super(
      `row level security may hide rows of ${table} from this role, which the backfill would pass over: run it as a role ` +
        'that sees all rows (the owner where row level security is not forced, or a role with BYPASSRLS), or write the ' +
        'UPDATE yourself with op.execute',
    );
    this.table = table;
  }
}
