import { nameParts, qualify, typeName, type QualifiedName } from '../sql/name.ts';
import { addressOf, type Address, type Effect } from './address.ts';
import { builtIn, kindMaking, type Operation, type Registry } from './kinds.ts';
import type { AnyOperation } from './object-kind.ts';

/**
 * What an operation creates, drops and renames. Where a kind does not define it, `create…` creates and `drop…` drops
 * the object that the operation names. An operation may name the connection's own schema in full, by
 * hand or because it was written when the schema was another connection's: the addresses are without it.
 * @param defaultSchema the schema whose objects go by their bare names
 */
export function effectOf(
  operation: Operation | AnyOperation,
  registry: Registry = builtIn,
  defaultSchema = 'public',
): Effect {
  const { creates = [], drops = [], renames = [] } = effectInFull(operation, registry, defaultSchema);
  const bare = (address: Address) => withBareNames(address, defaultSchema);
  return {
    creates: creates.map(bare),
    drops: drops.map(bare),
    renames: renames.map(([from, to]) => [bare(from), bare(to)] as const),
  };
}

function effectInFull({ op, ...payload }: AnyOperation, registry: Registry, defaultSchema: string): Effect {
  const kind = kindMaking(op, registry);
  const effect = kind?.effects?.[op];
  if (effect) {
    const inSchema = (schema: string, name: string) => qualify(schema === defaultSchema ? undefined : schema, name);
    return effect(payload as never, inSchema);
  }
  const does = /^(create|drop)[A-Z]/.exec(op)?.[1];
  if (!kind || does === undefined) return {};
  const identity = `${kind.namespace}:${kind.nameOf(payload)}`;
  return does === 'create'
    ? { creates: [addressOf(identity, kind.owner?.(payload))] }
    : { drops: [addressOf(identity)] };
}

/** Names of relations and types lie in a schema, those of parts in their table. */
function withBareNames({ place, table, name }: Address, defaultSchema: string): Address {
  return {
    place,
    ...(table !== undefined && { table: bareIn(defaultSchema, table) }),
    name: place === 'relation' ? bareIn(defaultSchema, name) : place === 'type' ? bareType(defaultSchema, name) : name,
  };
}

function bareIn(defaultSchema: string, qualified: QualifiedName): QualifiedName {
  const { schema, name } = nameParts(qualified);
  return schema === defaultSchema ? qualify(undefined, name) : qualified;
}

/** The schema of a type that is named like a built-in one stays. */
function bareType(defaultSchema: string, qualified: QualifiedName): QualifiedName {
  const { schema, name } = nameParts(qualified);
  return schema === undefined ? qualified : typeName(schema, name, bareIn(defaultSchema, qualified));
}
