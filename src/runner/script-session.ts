import { keepSession, restoreSession } from '../database/script-session.ts';
import { changesSettings, clearingAfter, customSettingsIn, forgetsSettings } from '../sql/session-statements.ts';
import type { Statement } from '../sql/statement.ts';
import { UnscriptableStatementError } from './script-text.ts';

/** What a script says so that each step begins with the session as it was, which in a run the runner sees to. */
export interface ScriptSession {
  /** Before the first step. */
  readonly before: readonly string[];
  /** After a step's own statements, and before its version is written. */
  after(statements: readonly Statement[]): readonly string[];
}

/** @throws UnscriptableStatementError */
export function scriptSession(all: readonly Statement[]): ScriptSession {
  const lost = all.find(({ sql }) => forgetsSettings(sql));
  if (lost) throw new UnscriptableStatementError(lost.sql, 'RESET ALL or DISCARD ALL instead of the names of settings');
  const custom = [...new Set(all.flatMap(({ sql }) => customSettingsIn(sql)))];
  return {
    before: all.some(({ sql }) => changesSettings(sql)) ? [keepSession(custom)] : [],
    after: statements => [
      ...new Set(statements.flatMap(({ sql }) => clearingAfter(sql))),
      ...(statements.some(({ sql }) => changesSettings(sql)) ? restoreSession(custom) : []),
    ],
  };
}
