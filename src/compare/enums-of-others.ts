import { addressText } from '../objects/address.ts';
import type { EnumType } from '../objects/enums.ts';
import type { Schema } from '../objects/kinds.ts';
import { alike } from '../objects/shape.ts';
import { quoteText } from '../sql/literal.ts';
import { typeNameIn } from '../sql/name.ts';
import { NameTakenError } from './new-names.ts';
import type { Owned } from './owned.ts';
import { adoptedTypes } from './ownership.ts';

/**
 * An enum that somebody made for a table of their own is not the project's to change: its labels would change there, too.
 * @throws NameTakenError where entities declare an enum of that name with other labels
 */
export function assertEnumsUnshared(live: Schema, target: Schema, owned: Owned): void {
  const adopted = adoptedTypes(live, target, owned);
  for (const type of live.enums.values()) {
    const [declared, identity] = [target.enums.get(type.name), addressText({ place: 'type', name: type.name })];
    if (!declared || alike(declared.labels, type.labels) || owned.has(identity) || adopted.has(identity)) continue;
    const column = unmanagedColumn(type, live, target, owned);
    if (column !== undefined) throw new NameTakenError(textOf(declared), `${textOf(type)} of column ${column}`);
  }
}

/** The first column of the type in a table that is neither declared nor the project's. */
const unmanagedColumn = (type: EnumType, live: Schema, target: Schema, owned: Owned): string | undefined =>
  [...live.tables.values()]
    .filter(({ name }) => !target.tables.has(name) && !owned.has(addressText({ place: 'relation', name })))
    .flatMap(({ name, columns }) =>
      columns.filter(column => typeNameIn(column.type) === type.name).map(column => `${name}.${column.name}`),
    )[0];

const textOf = ({ name, labels }: EnumType): string => `enum ${name} (${labels.map(quoteText).join(', ')})`;
