import type { Operation, Schema } from '../objects/kinds.ts';
import { bareName } from '../sql/name.ts';
import { missingEnums } from './canonical-probes.ts';
import type { Connection } from './connection.ts';
import { ownSchemaOf, refusalBy, rolledBack, cloneColumn, type Refusal } from './clones.ts';
import { declaredTexts, type DeclaredText, type TextOfTable, type TextOfView } from './declared-texts.ts';
import { denialIn, reasonOf } from './probe-denied.ts';
import { holdsRow, onStandIns } from './stand-ins.ts';
import { createTemporaryEnum, temporaryEnums, withTemporaryEnums } from './temporary-enums.ts';
import { makeClone } from './tried-parts.ts';
import { mentionsOf } from './mentions.ts';

/** What is compared: the entities, what is to be there, and what the database has. */
interface Sides {
  readonly declared: Schema;
  readonly target: Schema;
  readonly live: Schema;
}

/** What operations name and the database lacks, in words, and what could not be found out. */
export interface MissingNames {
  readonly missing: readonly string[];
  readonly warnings: readonly string[];
}

const nothing: MissingNames = { missing: [], warnings: [] };

/**
 * The functions, operators and types that the entities' own texts name and the database lacks: each text that names any
 * beside PostgreSQL's own and the entities' enums is made on temporary relations, and rolled back. An extension or an object
 * of a project's own kind that the operations create may bring them along: then nobody is asked.
 */
export async function missingNames(
  connection: Connection,
  operations: readonly Operation[],
  sides: Sides,
): Promise<MissingNames> {
  const texts = declaredTexts(operations, sides.declared, sides.target);
  if (texts === undefined || texts.length === 0) return nothing;
  const asked = await namingOthers(connection, texts, sides.target);
  if (asked.length === 0) return nothing;
  try {
    const ofTables = asked.flatMap(text => ('view' in text ? [] : [text]));
    const ofViews = asked.flatMap(text => ('view' in text ? [text] : []));
    const found = [...(await tryTexts(connection, ofTables, sides)), ...(await tryViews(connection, ofViews, sides))];
    return { missing: inWords(found), warnings: [] };
  } catch (error) {
    const denial = await denialIn(connection, error);
    if (!denial) throw error;
    const names = asked.map(({ what }) => what).join(', ');
    const warning = `Cannot tell whether the database has the functions and types that ${names} names: PostgreSQL has to make it on temporary tables, and ${reasonOf(denial)}.`;
    return { missing: [], warnings: [warning] };
  }
}

/** The texts that name anything which is not PostgreSQL's own. */
async function namingOthers(
  connection: Connection,
  texts: readonly DeclaredText[],
  { enums }: Schema,
): Promise<readonly DeclaredText[]> {
  const mentioned = texts.map(({ texts: all }) => all.flatMap(mentionsOf));
  const names = [...new Set(mentioned.flat())];
  if (names.length === 0) return texts.filter(({ always }) => always);
  const rows: readonly { readonly name: string }[] = await connection.query(builtInNames, [names]);
  const known = new Set([...rows.map(({ name }) => name), ...[...enums.keys()].map(bareName)]);
  return texts.filter(({ always }, i) => always || mentioned[i]!.some(name => !known.has(name)));
}

const builtInNames = `
  SELECT a.name FROM pg_catalog.unnest($1::pg_catalog.text[]) a(name)
  WHERE EXISTS (SELECT FROM pg_catalog.pg_proc p WHERE p.pronamespace OPERATOR(pg_catalog.=) 'pg_catalog'::pg_catalog.regnamespace
      AND p.proname OPERATOR(pg_catalog.=) a.name)
    OR EXISTS (SELECT FROM pg_catalog.pg_type t WHERE t.typnamespace OPERATOR(pg_catalog.=) 'pg_catalog'::pg_catalog.regnamespace
      AND t.typname OPERATOR(pg_catalog.=) a.name)
    OR EXISTS (SELECT FROM pg_catalog.pg_operator o WHERE o.oprnamespace OPERATOR(pg_catalog.=) 'pg_catalog'::pg_catalog.regnamespace
      AND o.oprname OPERATOR(pg_catalog.=) a.name)`;

interface Found {
  readonly what: string;
  readonly refusal: Refusal;
}

async function tryTexts(
  connection: Connection,
  texts: readonly TextOfTable[],
  { target, live }: Sides,
): Promise<readonly Found[]> {
  if (texts.length === 0) return [];
  const enums = missingEnums(target, live.enums);
  const names = temporaryEnums(enums);
  return rolledBack(connection, async () => {
    const own = await ownSchemaOf(connection);
    for (const each of enums) await refusalBy(connection, [createTemporaryEnum(each, names)]);
    const answers = new Map<string, Refusal | undefined>();
    for (const { key, columns, sql } of texts) {
      if (answers.has(key)) continue;
      await connection.query('SAVEPOINT trial');
      await makeClone(
        connection,
        columns.map(column => cloneColumn(column, names)),
      );
      answers.set(key, await refusalBy(connection, [withTemporaryEnums(sql(names), names, own)], 'is refused'));
      await connection.query('ROLLBACK TO SAVEPOINT trial');
    }
    return texts.flatMap(({ what, key }) => refusedFor(what, answers.get(key)));
  });
}

async function tryViews(
  connection: Connection,
  texts: readonly TextOfView[],
  { target, live }: Sides,
): Promise<readonly Found[]> {
  const found: Found[] = [];
  for (const { what, view } of texts) {
    const relations = { schema: target, enums: missingEnums(target, live.enums) };
    const refusal = await onStandIns(connection, [view], relations, ({ rewritten, made }) =>
      holdsRow(view.definition, { made })
        ? Promise.resolve(undefined)
        : refusalBy(connection, [`CREATE TEMP VIEW missing_names AS\n${rewritten(view.definition)}`], 'is refused'),
    );
    found.push(...refusedFor(what, refusal));
  }
  return found;
}

/** No such function or operator, no such type, collation or operator class, no such schema. */
const MISSING = ['42883', '42704', '3F000'];

const refusedFor = (what: string, refusal: Refusal | undefined): readonly Found[] =>
  refusal && MISSING.includes(refusal.state ?? '') ? [{ what, refusal }] : [];

/** `function slug(text) does not exist (view report, index by_slug)`. */
function inWords(found: readonly Found[]): readonly string[] {
  const messages = [...new Set(found.map(({ refusal }) => refusal.message))];
  return messages.map(message => {
    const wanted = found.filter(({ refusal }) => refusal.message === message).map(({ what }) => what);
    return `${message} (${wanted.join(', ')})`;
  });
}
