import { quoteText } from '../sql/literal.ts';
import { ofTransactions } from './session-state.ts';

/** Where a script keeps what its session was when it began. */
const KEPT = quoteText('typeorm_alembic.session');

/**
 * The statement with which a script notes the settings and roles of its session.
 * @param custom settings such as `app.tenant`, which no catalog lists
 */
export const keepSession = (custom: readonly string[]): string =>
  `SELECT pg_catalog.set_config(${KEPT}, pg_catalog.json_object_agg(name, setting)::pg_catalog.text, false) FROM (\n` +
  [
    "  SELECT name, setting FROM pg_catalog.pg_settings WHERE source OPERATOR(pg_catalog.=) 'session'",
    "  SELECT 'session_authorization', session_user::pg_catalog.text",
    ...['role', ...custom].map(name => `  SELECT ${quoteText(name)}, ${current(name)}`),
  ].join('\n  UNION ALL\n') +
  '\n) AS kept (name, setting)';

/** What the guard of a step sets is the guard's to reset: a step that it refused must not write its version. */
const unrestored = `${ofTransactions}, 'default_transaction_read_only'`;

/** The statements with which it restores them after a step: the roles first, which may set what the step's own may not. */
export const restoreSession = (custom: readonly string[]): readonly string[] => [
  `SELECT ${[...['session_authorization', 'role'].map(restored), ...custom.map(restored)].join(', ')}`,
  `SELECT pg_catalog.set_config(s.name, coalesce(k.value, s.reset_val), false)
  FROM pg_catalog.pg_settings s LEFT JOIN pg_catalog.json_each_text(${keptSession}) AS k ON k.key OPERATOR(pg_catalog.=) s.name
  WHERE s.setting OPERATOR(pg_catalog.<>) coalesce(k.value, s.reset_val)
    AND (k.value IS NOT NULL OR s.source OPERATOR(pg_catalog.=) 'session') AND s.name OPERATOR(pg_catalog.<>) ALL (ARRAY[${unrestored}])`,
];

const current = (name: string): string => `pg_catalog.current_setting(${quoteText(name)}, true)`;

const keptSession = `pg_catalog.current_setting(${KEPT})::pg_catalog.json`;

const restored = (name: string): string =>
  `pg_catalog.set_config(${quoteText(name)}, coalesce(pg_catalog.json_object_field_text(${keptSession}, ${quoteText(name)}), ''), false)`;
