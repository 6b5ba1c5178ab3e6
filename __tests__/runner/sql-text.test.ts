import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { terminated, transactionControlIn, withoutParameters } from '../../src/runner/sql-text.ts';
import { lexemesOf, statementWords, tokensOf } from '../../src/sql/lexer.ts';
import { unquoteText } from '../../src/sql/literal.ts';
import { catalogName } from '../../src/sql/name.ts';
import { withDatabase } from '../support/index.ts';

describe('transaction control', () => {
  test.each([
    ['BEGIN', 'begin'],
    ['START TRANSACTION', 'Start  Transaction ISOLATION LEVEL SERIALIZABLE'],
    ['COMMIT', 'UPDATE t SET a = 1; COMMIT; BEGIN'],
    ['COMMIT', '-- all done\n/* really */ commit'],
    ['END', "SELECT 'x'; end"],
    ['ROLLBACK', 'ROLLBACK AND CHAIN'],
    ['ABORT', 'abort'],
    ['PREPARE TRANSACTION', "PREPARE TRANSACTION 'foo'"],
    ['COMMIT', 'CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; END; COMMIT'],
  ])('is found: %s', (command, sql) => {
    expect(transactionControlIn(sql)).toBe(command);
  });

  test.each([
    'SAVEPOINT a; ROLLBACK TO a; ROLLBACK TRANSACTION TO SAVEPOINT a; RELEASE a',
    'SET TRANSACTION ISOLATION LEVEL SERIALIZABLE',
    "INSERT INTO notes VALUES ('first; COMMIT; begin')",
    `SELECT "a; COMMIT" FROM t -- ; COMMIT`,
    'SELECT 1 /* ; COMMIT; /* nested */ ; COMMIT */',
    "SELECT E'it\\'s; COMMIT; '",
    'DO $$ BEGIN PERFORM 1; END; $$',
    'DO $body$ BEGIN PERFORM $$;COMMIT;$$; END $body$',
    'CREATE OR REPLACE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END',
    'CREATE RULE r AS ON INSERT TO t DO ALSO (DELETE FROM a; DELETE FROM b)',
    'PREPARE p AS SELECT 1',
    'ALTER TABLE commits ADD COLUMN begin_at timestamp; UPDATE commits SET end_at = 1',
  ])('is not found in %s', sql => {
    expect(transactionControlIn(sql)).toBeUndefined();
  });
});

test('statements are told apart as PostgreSQL does', () => {
  expect(statementWords(`select 'a;b', $$c;d$$; ;\n-- e;f\nselect "g;h" /* i;j */ ;`)).toEqual([
    "SELECT '', ''",
    "SELECT ''",
  ]);
});

describe('tokens', () => {
  test('are names, literals, numbers and signs, without comments', () => {
    const sql = `a."b ""c"""::numeric(5,2) -- d\n|| E'it\\'s' <> 'it''s' /* e */ = $1`;
    expect(tokensOf(sql)).toEqual([
      ...['a', '.', '"b ""c"""', '::', 'numeric', '(', '5', ',', '2', ')'],
      ...['|', '|', `E'it\\'s'`, '<', '>', `'it''s'`, '=', '$1'],
    ]);
  });

  test('make up the text again with the blanks and comments between them', () => {
    const parts = ["'a''b'", "E'a\\'b'", '"c""d"', '$$e$$', '$f$ $$ $f$', '/* g */', '-- h\n', '$1', ' ', '\\', "'"];
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.constantFrom(...parts), fc.string())), chosen => {
        expect(lexemesOf(chosen.join('')).join('')).toBe(chosen.join(''));
      }),
    );
  });

  test('have the values that PostgreSQL gives literals and names', () =>
    withDatabase(database =>
      fc.assert(
        fc.asyncProperty(
          fc.string({ unit: fc.constantFrom(...`aE\\'"$1- \n`) }),
          fc.string({ unit: fc.constantFrom(...`aE\\'"é€ `), minLength: 1, maxLength: 20 }),
          async (text, name) => {
            const sql = 'SELECT quote_literal($1::text) AS literal, quote_ident($2::text) AS name';
            const [row] = await database.query(sql, [text, name]);
            const values = tokensOf(`${row.name}=${row.literal}::text`).map(
              each => unquoteText(each) ?? catalogName(each),
            );
            expect(values).toEqual([name, '=', text, '::', 'text']);
          },
        ),
        { numRuns: 60 },
      ),
    ));
});

describe('parameters in a script', () => {
  test('stand as literals where they are parameters, and nowhere else', () => {
    const sql = `SELECT $1, '$1', "$1", $$ $1 $$, a$1, $2::int -- $1\n/* $2 */ + $11`;
    expect(withoutParameters(sql, ["o'c", -2])).toBe(
      `SELECT 'o''c', '$1', "$1", $$ $1 $$, a$1, '-2'::int -- $1\n/* $2 */ + $11`,
    );
  });

  test('mean to PostgreSQL what parameters mean', () =>
    withDatabase(database =>
      fc.assert(
        fc.asyncProperty(
          fc.string({ unit: 'grapheme' }).filter(text => !text.includes('\0')),
          fc.array(fc.option(fc.string().filter(text => !text.includes('\0')))),
          fc.integer(),
          async (text, list, number) => {
            const sql = 'SELECT $1::text AS text, $2::text[] AS list, $3::int - $3::int AS zero, $3::int AS number';
            const [row] = await database.query(withoutParameters(sql, [text, list, number]));
            expect(row).toEqual({ text, list, zero: 0, number });
          },
        ),
        { numRuns: 60 },
      ),
    ));
});

test.each([
  ['SELECT 1', 'SELECT 1;'],
  ['SELECT 1;  \n', 'SELECT 1;'],
  ['SELECT 1 -- one', 'SELECT 1 -- one\n;'],
  ["SELECT '--'", "SELECT '--';"],
  ['DO $$ BEGIN END; $$', 'DO $$ BEGIN END; $$;'],
])('%s ends as %s', (sql, expected) => {
  expect(terminated(sql)).toBe(expected);
});
