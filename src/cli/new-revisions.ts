import type { AnyRevisionScript } from '../../codegen/revision-script.ts';
import { rmSync } from 'node:fs';
import { PostWriteHookError } from '../scripts/post-write-hooks.ts';
import type { Outcome } from './command.ts';
import type { Context } from './context.ts';

/** `--version-path` of the commands that write. */
export const versionPathOption = {
  type: 'string',
  requiresArg: true,
  describe: 'The version location to write to, where there are several',
} as const;

/** Loaded by the commands that write, and by nothing else: it brings a compiler along. */
type Codegen = typeof import('../../codegen/index.ts');

export interface WritingOptions {
  readonly versionPath?: string | undefined;
  /** Print what would be written. */
  readonly dryRun?: boolean | undefined;
}

/** Writes new revisions' files, in order. */
export async function writeRevisions(
  scripts: readonly AnyRevisionScript[],
  { revisionSource, writeScript }: Pick<Codegen, 'revisionSource' | 'writeScript'>,
  context: Context,
  { versionPath, dryRun }: WritingOptions,
): Promise<Outcome> {
  const { path: configPath, config } = await context.project();
  const place = {
    ...(await context.revisions({ mayBeEmpty: true })),
    config,
    configPath,
    ...(versionPath !== undefined && { versionPath }),
  };
  if (dryRun) {
    const sources = await Promise.all(scripts.map(script => revisionSource(script, place)));
    return {
      json: { revisions: scripts.map((script, i) => ({ ...factsOf(script), ...sources[i], written: false })) },
      verbatim: sources.map(({ source }) => source.trimEnd()).join('\n'),
    };
  }
  const paths = await writeAll(scripts, script => writeScript(script, place));
  const written = scripts.map((script, i) => ({ ...factsOf(script), path: paths[i]!, written: true }));
  if (config.revisions)
    context.logger.warn('Add what was written to "revisions" of the configuration, or it is not run.');
  context.logger.info('Review what was written, then run it with `upgrade`.');
  return { json: { revisions: written }, lines: written.map(({ path }) => context.shortPath(path)) };
}

/** Where one cannot be written, none is left: the others would be a part of what they are together. */
async function writeAll<Script>(
  scripts: readonly Script[],
  write: (script: Script) => Promise<string>,
): Promise<readonly string[]> {
  const paths: string[] = [];
  try {
    for (const script of scripts) paths.push(await write(script));
    return paths;
  } catch (error) {
    // The file that a hook failed on was written.
    if (!(error instanceof PostWriteHookError)) for (const path of paths) rmSync(path, { force: true });
    throw error;
  }
}

/** A script without the kinds its operations are of, which are code. */
const factsOf = ({ kinds: _, ...facts }: AnyRevisionScript): Omit<AnyRevisionScript, 'kinds'> => facts;
