import type { RevisionSource } from '../config.ts';
import { NoRevisionModuleError } from './location-errors.ts';
import { failureOf, type LoadedModule } from './load-module.ts';
import { functionIn } from './load-revision.ts';
import { MalformedRevisionFileError, readingRevision, revisionFileOf, type RevisionFile } from './revision-file.ts';

/**
 * The revisions that the configuration gives as modules, in its order; those given as functions are imported.
 * Throws MalformedRevisionFileError, which names the place in the list, for what is no revision's module.
 */
export async function readRevisionModules(
  sources: readonly RevisionSource[],
  { mayBeEmpty = false }: { readonly mayBeEmpty?: boolean },
): Promise<readonly RevisionFile[]> {
  if (sources.length === 0 && !mayBeEmpty) throw new NoRevisionModuleError();
  return Promise.all(sources.map((source, index) => readRevisionModule(source, `revisions[${index}]`)));
}

async function readRevisionModule(source: RevisionSource, path: string): Promise<RevisionFile> {
  const module = await imported(source, path);
  return readingRevision(path, () => revisionIn(module, path));
}

function revisionIn(module: unknown, path: string): RevisionFile {
  const exports = exportsOf(module, path);
  if (exports['revision'] === undefined) throw new MalformedRevisionFileError(path, noRevision(exports));
  const message = exports['message'] ?? '';
  if (typeof message !== 'string')
    throw new MalformedRevisionFileError(path, 'exports a `message` that is no text; correct it');
  functionIn(exports, 'upgrade', path);
  functionIn(exports, 'downgrade', path);
  return { ...revisionFileOf(path, exports, message), message, exports };
}

async function imported(source: RevisionSource, path: string): Promise<unknown> {
  try {
    return await (typeof source === 'function' ? source() : source);
  } catch (error) {
    throw new MalformedRevisionFileError(path, failureOf(path, 'cannot be loaded', error), { cause: error });
  }
}

/** A CommonJS module that was imported may be there as `default` only. */
function exportsOf(module: unknown, path: string): LoadedModule {
  if (typeof module === 'object' && module !== null && !Array.isArray(module)) {
    const { default: whole } = module as LoadedModule;
    return { ...(typeof whole === 'object' ? whole : {}), ...module };
  }
  throw new MalformedRevisionFileError(
    path,
    `is ${typeof module === 'string' ? JSON.stringify(module) : typeof module}, and no revision's module; ${expected}`,
  );
}

function noRevision(exports: LoadedModule): string {
  const names = Object.keys(exports).join(', ') || 'nothing';
  return `is no revision: it exports ${names}, and no \`revision\`; ${expected}`;
}

const expected =
  "expected what `import * as revision from './migrations/….js'` gives, or a function such as `() => import('./migrations/….js')`";
