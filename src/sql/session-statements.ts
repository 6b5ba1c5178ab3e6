import { tokensOf, piecesOf, statementsIn, withoutComments } from './lexer.ts';

/**
 * Statements of a text that make in a session what cannot be read out of it (`PREPARE p AS SELECT 1`), or set limits that
 * each operation sets for itself where the revision has not.
 */
export const sessionStatementsIn = (sql: string): readonly string[] =>
  mayBeOfSession.test(sql)
    ? statementsIn(sql).flatMap(statement => (ofSession.test(statement.words) ? [statement.sql] : []))
    : [];

const mayBeOfSession =
  /\b(load|prepare|deallocate|discard|temp|temporary|lock_timeout|statement_timeout)\b|\breset\s+all\b/i;

const ofSession = new RegExp(
  [
    '^(LOAD|DEALLOCATE)\\b',
    '^(SET (SESSION )?|RESET )(LOCK_TIMEOUT|STATEMENT_TIMEOUT)\\b',
    '^RESET ALL\\b',
    '^SELECT (PG_CATALOG ?\\. ?)?SET_CONFIG ?\\(',
    '^DISCARD (?!ALL\\b)',
    '^PREPARE (?!TRANSACTION\\b)',
    '^CREATE (OR REPLACE )?TEMP(ORARY)? (RECURSIVE )?VIEW\\b',
  ].join('|'),
);

/** Settings such as `app.tenant` that a text sets, in `SET` or `set_config`, in the body of a `DO`, too. */
export function customSettingsIn(sql: string): readonly string[] {
  if (!/\bset(_config)?\b/i.test(sql)) return [];
  return [...bodiesIn(sql)].flatMap(body =>
    [...withoutComments(body).matchAll(custom)].map(([, inSet, inCall]) => (inSet ?? inCall)!.replaceAll('"', '')),
  );
}

/** Whether a text may set what it does not name: by code that it runs, or by a name that is worked out. */
export function maySetUnnamed(sql: string): boolean {
  if (!/\b(do|call|execute|set_config)\b/i.test(sql)) return false;
  if (statementsIn(sql).some(({ words }) => /^(DO|CALL|EXECUTE)\b/.test(words))) return true;
  const tokens = tokensOf(sql);
  return tokens.some((token, i) => {
    const [open, name = '', next] = tokens.slice(i + 1, i + 4);
    return /^"?set_config"?$/i.test(token) && open === '(' && !(/^['$]/.test(name) && next === ',');
  });
}

/** The parameters of a text that may be names of such settings. */
export const customSettingsAmong = (sql: string, parameters: readonly unknown[]): readonly string[] =>
  /\bset_config\b/i.test(sql)
    ? parameters.filter((each): each is string => typeof each === 'string' && /^[a-z_]\w*(\.\w+)+$/i.test(each))
    : [];

/** The text itself, and what is in its dollar quotes, which may be code. */
function* bodiesIn(sql: string): Generator<string> {
  yield sql;
  for (const { text, type } of piecesOf(sql)) {
    const tag = type === 'quoted' ? /^\$\w*\$/.exec(text)?.[0] : undefined;
    if (tag !== undefined) yield* bodiesIn(text.slice(tag.length, -tag.length));
  }
}

/** `SET` begins a statement; in an UPDATE it names columns. */
const custom =
  /(?:^|;|\b(?:BEGIN|THEN|ELSE|LOOP)\b)\s*SET\s+(?:SESSION\s+|LOCAL\s+)?("?[a-z_]\w*"?(?:\."?\w+"?)+)|\bset_config\s*\(\s*'([a-z_]\w*(?:\.\w+)+)'/gi;

/** Whether a text sets anything for its session or transaction, as far as it says so, in the body of a `DO`, too. */
export const changesSettings = (sql: string): boolean =>
  /\b(re)?set(_config)?\b/i.test(sql) && wordsIn(sql).some(words => setting.test(words));

/** RESET ALL and DISCARD ALL: what the session had before is not known afterwards. */
export const forgetsSettings = (sql: string): boolean =>
  /\b(reset|discard)\s/i.test(sql) && wordsIn(sql).some(words => /^(RESET|DISCARD) ALL$/.test(words));

/** The statements that take out of a session what a text has put there beside settings: `DISCARD TEMP`. */
export function clearingAfter(sql: string): readonly string[] {
  if (!/\b(temp|temporary|pg_temp|prepare|hold|listen|pg_\w*advisory\w*)\b/i.test(sql)) return [];
  const words = wordsIn(sql);
  return clearings.flatMap(([made, statement]) => (words.some(each => made.test(each)) ? [statement] : []));
}

/** Of the statements of a text, and of the code in its dollar quotes, the words, from where each may begin. */
const wordsIn = (sql: string): readonly string[] =>
  [...bodiesIn(sql)].flatMap(body => statementsIn(body).map(({ words }) => words.replace(inBlock, '')));

const inBlock = /^(?:DECLARE\b.*?\bBEGIN |(?:BEGIN|ELSE|LOOP) |(?:IF|ELSIF|WHEN|FOR|WHILE)\b.*? (?:THEN|LOOP) )+/;
const setting = /^SET (?!CONSTRAINTS\b|(?:SESSION CHARACTERISTICS AS )?TRANSACTION\b)|^RESET\b|\bSET_CONFIG ?\(/;

const clearings: readonly (readonly [RegExp, string])[] = [
  [/\bTEMP(ORARY)?\b|\bPG_TEMP\b/, 'DISCARD TEMP'],
  [/^PREPARE (?!TRANSACTION\b)/, 'DEALLOCATE ALL'],
  [/\bWITH HOLD\b/, 'CLOSE ALL'],
  [/^LISTEN\b/, 'UNLISTEN *'],
  [/\bPG_(TRY_)?ADVISORY_LOCK\w* ?\(/, 'SELECT pg_catalog.pg_advisory_unlock_all()'],
];
