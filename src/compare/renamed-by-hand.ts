import { foreignKeys } from '../objects/foreign-keys.ts';
import { indexes } from '../objects/indexes.ts';
import type { Schema } from '../objects/kinds.ts';
import { constraintsOf, shapeOf } from '../objects/tables/constraints.ts';
import type { Table } from '../objects/tables/table.ts';
import type { Owned } from './ownership.ts';

/** An index or constraint, under the mark that it has where a revision created it. */
interface Part {
  readonly mark: string;
  /** What is the same under another name. */
  readonly shape: string;
}

/**
 * The marks of what is the project's under a name that somebody gave it by hand: nothing has the name that a revision
 * gave, an undeclared object is the same otherwise, and the entities declare it. One that stands beside the declared one
 * is a duplicate, and unmanaged.
 */
export function renamedByHand(live: Schema, target: Schema, owned: Owned): ReadonlySet<string> {
  const [lives, declared] = [partsOf(live), partsOf(target)];
  const missing = [...declared.values()].filter(({ mark }) => !lives.has(mark));
  if (missing.length === 0) return new Set();
  const lost = new Set([...owned].filter(mark => !lives.has(mark)).map(kindOf));
  const others = [...lives.values()].filter(({ mark }) => !declared.has(mark));
  const renamed = new Set<string>();
  for (const { mark, shape } of missing) {
    const alike = others.filter(other => other.shape === shape && !renamed.has(other.mark));
    const [found] = alike;
    const isLost = owned.has(mark) || lost.has(kindOf(mark));
    if (found && isLost && !alike.some(other => owned.has(other.mark))) renamed.add(found.mark);
  }
  return renamed;
}

const kindOf = (mark: string): string => mark.slice(0, mark.indexOf(':'));

const partsOf = (schema: Schema): ReadonlyMap<string, Part> =>
  new Map(
    [
      ...[...schema.indexes.values()].map(index => partOf(`index:${index.name}`, indexes.rename!.shapeOf(index))),
      ...[...schema.foreignKeys.values()].map(key =>
        partOf(`foreignKey:${foreignKeys.nameOf(key)}`, foreignKeys.rename!.shapeOf(key)),
      ),
      ...[...schema.tables.values()].flatMap(constraintParts),
    ]
      .sort((one, other) => (one.mark < other.mark ? -1 : 1))
      .map(part => [part.mark, part]),
  );

const constraintParts = (table: Table): readonly Part[] =>
  constraintsOf(table)
    .filter(({ kind }) => kind !== 'primaryKey')
    .map(constraint => partOf(`constraint:${table.name}.${constraint.name}`, `${table.name}:${shapeOf(constraint)}`));

const partOf = (mark: string, shape: string): Part => ({ mark, shape: `${kindOf(mark)}:${shape}` });
