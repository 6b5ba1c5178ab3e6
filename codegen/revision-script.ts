import type { Operation } from '../src/objects/kinds.ts';

/** A revision before it is written down. */
export interface RevisionScript {
  readonly revision: string;
  readonly downRevision: string | readonly string[] | null;
  readonly message: string;
  readonly upgrade: readonly Operation[];
  readonly downgrade: readonly Operation[];
  readonly branchLabels?: readonly string[];
  readonly dependsOn?: readonly string[];
  /** When it was made, as the file shall say; left out of the file where it is left out here. */
  readonly createDate?: string;
  /** False where PostgreSQL refuses one of its statements in a transaction; worked out from the operations unless told. */
  readonly transactional?: boolean;
}

/** What the file is to be: TypeScript, or JavaScript of either kind of module. */
export type RevisionLanguage = 'typescript' | 'esm' | 'commonjs';
