import { dirname } from 'node:path';
import { aMap, anObject, checkArgument } from '../src/call-arguments.ts';
import type { ResolvedConfig } from '../src/config.ts';
import { ConfigurationError } from '../src/errors.ts';
import type { Revisions } from '../src/runner/runner.ts';
import { loadModule, reasonOf, type LoadedModule } from '../src/scripts/load-module.ts';
import { formatOf, isTypeScript } from '../src/scripts/module-format.ts';
import { newRevisionPath, revisionExtension } from '../src/scripts/new-revision-path.ts';
import { writeRevision } from '../src/scripts/write-revision.ts';
import { explaining } from '../src/unexpected-error.ts';
import { handlesTypeScript, registerTypeScript } from '../src/scripts/typescript/register.ts';
import { assertNotCompiled } from './compiled-location.ts';
import { renderRevision } from './render.ts';
import { type AnyRevisionScript, checkScript, type RevisionLanguage } from './revision-script.ts';

/** Where a script goes, and what is known of the project. */
export interface Place extends Revisions {
  readonly config: ResolvedConfig;
  readonly configPath?: string;
  readonly versionPath?: string;
}

/** A revision's file, before it is written. */
export interface RevisionSource {
  readonly path: string;
  readonly source: string;
}

/** The path and the source of a revision's file, by the project's template where it has one. */
export const revisionSource = (script: AnyRevisionScript, place: Place): Promise<RevisionSource> =>
  explaining(async () => {
    checkPlace('revisionSource', script, place);
    return sourceAt(script, place);
  });

/** @throws RunnerCallError */
function checkPlace(method: string, script: AnyRevisionScript, place: Place): void {
  checkScript(method, script);
  checkArgument(method, 'place', place, anObject);
  checkArgument(method, 'config of the place', place.config, anObject);
  checkArgument(method, 'files of the place', place.files, aMap);
}

async function sourceAt(script: AnyRevisionScript, place: Place): Promise<RevisionSource> {
  const { config, files, versionPath } = place;
  const parents = [script.downRevision ?? []].flat().flatMap(id => files.get(id) ?? []);
  const project = {
    directory: config.directory,
    ...(place.configPath !== undefined && { configPath: place.configPath }),
  };
  const extension = revisionExtension(project, [...files.values()]);
  const createDate = script.createDate === undefined ? new Date() : new Date(script.createDate);
  const path = newRevisionPath(
    { revision: script.revision, message: script.message, createDate, parents, versionPath, extension },
    config,
  );
  return { path, source: await sourceOf(script, languageOf(path, extension), config) };
}

/**
 * Write a script's file and run the post-write hooks; its path comes back. Throws CompiledLocationError where a build writes
 * the folder.
 */
export const writeScript = (script: AnyRevisionScript, place: Place): Promise<string> =>
  explaining(async () => {
    checkPlace('writeScript', script, place);
    const { path, source } = await sourceAt(script, place);
    assertNotCompiled(dirname(path), place.configPath);
    await writeRevision(path, source, place.config);
    return path;
  });

const languageOf = (path: string, extension: string): RevisionLanguage =>
  extension.endsWith('ts') ? 'typescript' : formatOf(path) === 'module' ? 'esm' : 'commonjs';

async function sourceOf(
  script: AnyRevisionScript,
  language: RevisionLanguage,
  { template }: ResolvedConfig,
): Promise<string> {
  if (template === undefined) return renderRevision(script, language);
  if (typeof template === 'function') return template(script);
  const exported = await loadTemplate(template);
  if (typeof exported['default'] !== 'function')
    throw new ConfigurationError(
      `The template ${template} has no default export that is a function; export one that takes the script and returns its source.`,
    );
  return (exported['default'] as (script: AnyRevisionScript) => string)(script);
}

async function loadTemplate(template: string): Promise<LoadedModule> {
  try {
    if (isTypeScript(template) && !handlesTypeScript()) await registerTypeScript();
    return await loadModule(template);
  } catch (error) {
    throw new ConfigurationError(
      `The template ${template} cannot be loaded (${reasonOf(error)}); expected a module whose default export makes a revision's source.`,
      { cause: error },
    );
  }
}
