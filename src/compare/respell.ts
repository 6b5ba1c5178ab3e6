import { objectsIn, type Registry, type Schema, schemaFrom } from '../objects/kinds.ts';
import { alike } from '../objects/shape.ts';
import { USES, type Using } from '../objects/uses.ts';

interface Spellings {
  readonly live: Schema;
  /** The same objects as PostgreSQL spells them after a rename. */
  readonly spelled: Schema;
  readonly declared: Schema;
}

/**
 * A schema in which whatever is as in `live` is taken from `spelled`: whole objects, and of others each field and each part
 * of a table. A view by the text that an entity declares stays: PostgreSQL has not spelled it.
 */
export function respelled(schema: Schema, { live, spelled, declared }: Spellings, registry: Registry): Schema {
  const texts = new Set([...declared.views.values(), ...declared.materializedViews.values()].map(textOf));
  const contents = Object.keys(registry).map(kind => {
    const [lives, news] = [objectsIn(live, kind), objectsIn(spelled, kind)];
    const objects = [...objectsIn(schema, kind)].map(([name, object]) => {
      const isDeclaredText = texts.has(textOf(object)) && object !== lives.get(name);
      return [name, isDeclaredText ? object : respelledObject(object, lives.get(name), news.get(name))] as const;
    });
    return [kind, new Map(objects)] as const;
  });
  return schemaFrom(contents);
}

/** The query of a view. */
const textOf = (object: object): unknown => ('definition' in object ? object.definition : object);

type Fields = Readonly<Record<string, unknown>> & Using;

function respelledObject(object: Fields, live: Fields | undefined, spelled: Fields | undefined): Fields {
  if (!live || !spelled) return object;
  if (object === live) return spelled;
  const fields = Object.entries(object).map(([key, value]) => [key, respelledField(value, live[key], spelled[key])]);
  const isRespelled = fields.some(([key, value]) => value !== object[key as string]);
  return {
    ...object,
    ...Object.fromEntries(fields),
    ...(isRespelled && spelled[USES] && { [USES]: spelled[USES] }),
  };
}

function respelledField(value: unknown, live: unknown, spelled: unknown): unknown {
  if (spelled === undefined || alike(value, live)) return spelled ?? value;
  if (![value, live, spelled].every(isParts)) return value;
  const named = (parts: unknown, name: unknown) => (parts as readonly Fields[]).find(part => part['name'] === name);
  return (value as readonly Fields[]).map(part =>
    respelledObject(part, named(live, part['name']), named(spelled, part['name'])),
  );
}

/** Columns, checks and the like, each with a name of its own. */
const isParts = (value: unknown): boolean =>
  Array.isArray(value) && value.every(each => typeof each?.name === 'string');
