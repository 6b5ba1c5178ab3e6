import { quoteText } from '../sql/literal.ts';
import { bareName, type QualifiedName } from '../sql/name.ts';

/**
 * SQL for the JSON that a query gives, which is asked only where a condition holds; else null. PostgreSQL has the query as a
 * text until then: that a table is missing is no error, and nothing of the table is looked at, as its planner may evaluate
 * what an index or a policy calls. Needs a server that was built with libxml.
 */
export const jsonWhere = (condition: string, query: string): string =>
  `CASE WHEN ${condition} THEN ${unescaped(
    `pg_catalog.split_part(pg_catalog.split_part(pg_catalog.query_to_xml(${quoteText(`SELECT coalesce((${query})::pg_catalog.text, 'null') AS value`)}, ` +
      "false, true, '')::pg_catalog.text, '<value>', 2), '</value>', 1)",
  )} END`;

const unescaped = (text: string): string =>
  `${[
    ['&lt;', '<'],
    ['&gt;', '>'],
    ['&amp;', '&'],
  ].reduce((sql, [name, sign]) => `pg_catalog.replace(${sql}, '${name}', '${sign}')`, text)}::pg_catalog.json`;

/** A condition about `TableFacts`: a table is there, and may be read at once. */
export const isReadable = (facts: string, table: QualifiedName): string =>
  `EXISTS (SELECT FROM pg_catalog.json_to_recordset(${facts})
      f(name pg_catalog.text, kind pg_catalog.text, "isTrusted" pg_catalog.bool, "hidesRows" pg_catalog.bool, code pg_catalog.text)
      WHERE f.name OPERATOR(pg_catalog.=) ${quoteText(bareName(table))} AND f.kind OPERATOR(pg_catalog.=) ANY ('{r,p}')
        AND f."isTrusted" AND NOT f."hidesRows" AND f.code IS NULL)`;
