import { isName, lexemesOf } from '../sql/lexer.ts';
import { arrayElement, unquoteText } from '../sql/literal.ts';
import { typeNameIn, typeText, identifierText, unquoteIdentifier, type QualifiedName } from '../sql/name.ts';
import { addressOf, addressText, isSameAddress, renamedAddress, type Address } from './address.ts';
import { USES, type Use, type Using } from './uses.ts';

/** What a rename does to names wherever they occur. */
export interface Naming {
  readonly relation: (name: QualifiedName) => QualifiedName;
  readonly column: (table: QualifiedName, column: string) => string;
  readonly constraint: (table: QualifiedName, name: string) => string;
  /** The text of a type, as a column has it. */
  readonly type: (text: string) => string;
  /** A default that is a literal of a type. */
  readonly literal: (expression: string) => string;
  /** An expression about a table. */
  readonly text: (table: QualifiedName, expression: string) => string;
  /** A whole query, which PostgreSQL spells anew where names occur in it. */
  readonly query: (text: string) => string;
  readonly use: (use: Use) => Use;
}

/** What the rename of one thing does. */
export const namingOf = (from: Address, to: Address): Naming => ({
  relation: name => (isSameAddress(from, { place: 'relation', name }) ? to.name : name),
  column: (table, name) => (isSameAddress(from, { place: 'column', table, name }) ? to.name : name),
  constraint: (table, name) => (isSameAddress(from, { place: 'constraint', table, name }) ? to.name : name),
  type: text =>
    isSameAddress(from, { place: 'type', name: typeNameIn(text) })
      ? text.replace(typeText(from.name), () => typeText(to.name))
      : text,
  literal: expression => (from.place === 'type' ? recast(expression, from.name, to.name) : expression),
  text: (table, expression) => {
    if (from.place === 'type') return recast(expression, from.name, to.name);
    return from.place === 'column' && from.table === table
      ? renamedIdentifier(expression, from.name, to.name)
      : expression;
  },
  query: text => text,
  use: use => addressText(renamedAddress(addressOf(use), from, to)) as Use,
});

/** What the rename of an enum's label does: whatever mentions it follows. */
export function namingOfLabel(type: QualifiedName, from: string, to: string): Naming {
  const relabel = (text: string) => relabelled(text, type, from, to);
  return {
    relation: name => name,
    column: (_, name) => name,
    constraint: (_, name) => name,
    type: text => text,
    literal: relabel,
    text: (_, expression) => relabel(expression),
    query: relabel,
    use: use => use,
  };
}

/** A text in which labels, such as `'done'::ticket_status` and `'{open,done}'::ticket_status[]`, go by another name. */
function relabelled(text: string, type: QualifiedName, from: string, to: string): string {
  const [lexemes, name] = [lexemesOf(text), lexemesOf(typeText(type))];
  const isCast = (at: number) =>
    lexemes[at] === '::' &&
    name.every((part, i) => lexemes[at + 1 + i] === part) &&
    lexemes[at + 1 + name.length] !== '.';
  return lexemes
    .map((lexeme, at) => {
      const literal = unquoteText(lexeme);
      if (literal === undefined || !isCast(at + 1)) return lexeme;
      if (lexemes[at + 2 + name.length] === '[') return literalOf(relabelledArray(literal, from, to));
      return literal === from ? literalOf(to) : lexeme;
    })
    .join('');
}

/** As PostgreSQL spells expressions, which have no escapes. */
const literalOf = (text: string): string => `'${text.replaceAll("'", "''")}'`;

const relabelledArray = (array: string, from: string, to: string): string =>
  array.replace(/"(?:[^"\\]|\\.)*"|[^{},]+/g, element => {
    const label = element.startsWith('"') ? element.slice(1, -1).replace(/\\(.)/g, '$1') : element;
    return label === from ? arrayElement(to) : element;
  });

/** An expression whose casts to a type, such as `'open'::ticket_status`, go by its new name. */
function recast(expression: string, from: QualifiedName, to: QualifiedName): string {
  const [lexemes, old] = [lexemesOf(expression), lexemesOf(typeText(from))];
  const parts: string[] = [];
  for (let at = 0; at < lexemes.length;) {
    const isType =
      lexemes[at - 1] === '::' && old.every((text, i) => lexemes[at + i] === text) && lexemes[at + old.length] !== '.';
    parts.push(isType ? typeText(to) : lexemes[at]!);
    at += isType ? old.length : 1;
  }
  return parts.join('');
}

/** An expression with an identifier replaced, outside of text literals. */
function renamedIdentifier(expression: string, from: string, to: string): string {
  return lexemesOf(expression)
    .map(text => (isName(text) && unquoteIdentifier(text) === from ? identifierText(to) : text))
    .join('');
}

export const renamedUses = <Object extends Using>(object: Object, naming: Naming): Object => {
  const uses = object[USES];
  return uses ? { ...object, [USES]: uses.map(naming.use) } : object;
};

/** What has nothing but uses and a table to be renamed. */
export const renamedOnTable = <Part extends Using & { readonly table: QualifiedName }>(
  part: Part,
  naming: Naming,
): Part => ({ ...renamedUses(part, naming), table: naming.relation(part.table) });
