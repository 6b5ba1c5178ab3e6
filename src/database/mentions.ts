import { isName, piecesOf, tokensOf } from '../sql/lexer.ts';
import { catalogName } from '../sql/name.ts';
import { functionsIn } from './trials.ts';

/** What an expression may name of functions, types and operators, and of words that look like those. */
export const mentionsOf = (text: string): readonly string[] => [
  ...functionsIn(text).map(catalogName),
  ...typesIn(text).map(catalogName),
  ...operatorsIn(text),
];

/** The names after `::`, with or without their schema, but for those types that SQL itself has words for. */
const typesIn = (text: string): readonly string[] =>
  tokensOf(text).filter(
    (token, i, tokens) =>
      isName(token) && ((tokens[i - 1] === '::' && !SQL_TYPES.has(token.toLowerCase())) || isTypeOfSchema(tokens, i)),
  );

/** The first words of types that go by another name in `pg_type`. */
const SQL_TYPES: ReadonlySet<string> = new Set(
  'bigint bit boolean char character dec decimal double float int integer national nchar real smallint time timestamp varchar'.split(
    ' ',
  ),
);

const isTypeOfSchema = (tokens: readonly string[], at: number): boolean =>
  tokens[at - 1] === '.' && tokens[at - 3] === '::';

const operatorsIn = (text: string): readonly string[] =>
  piecesOf(text).flatMap(piece => (piece.type === 'code' ? (piece.text.match(/[-+*/<>=~!@#%^&|`?]+/g) ?? []) : []));
