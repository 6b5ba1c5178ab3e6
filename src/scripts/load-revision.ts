import { checksumOf } from './checksum.ts';
import { loadModule, failureOf, type LoadedModule } from './load-module.ts';
import { isTypeScript } from './module-format.ts';
import { MalformedRevisionFileError, revisionFileOf, type HeaderValues, type RevisionFile } from './revision-file.ts';
import { handlesTypeScript, registerTypeScript } from './typescript/register.ts';

/** A revision, loaded: what its header says, and the functions that run it. */
export interface RevisionModule<Operations = unknown> extends Omit<RevisionFile, 'message' | 'comment'> {
  upgrade(op: Operations): Promise<void> | void;
  downgrade(op: Operations): Promise<void> | void;
  /** Of the text that was loaded, which the file may not have any more; see `checksumOf`. */
  readonly checksum: string | undefined;
}

/** Runs a revision's file, which is only needed to run the revision; a module was given already. Throws MalformedRevisionFileError. */
export async function loadRevision<Operations = unknown>(
  file: Pick<RevisionFile, 'path' | 'exports'> & { readonly revision?: string },
): Promise<RevisionModule<Operations>> {
  const { exported, checksum } = file.exports
    ? { exported: file.exports, checksum: undefined }
    : await loadRevisionText(file.path);
  const { message: _, comment: __, ...header } = revisionFileOf(file.path, exported as HeaderValues, '');
  if (file.revision !== undefined && header.revision !== file.revision)
    throw new MalformedRevisionFileError(
      file.path,
      `says it is revision ${header.revision} when it runs, and ${file.revision} when it is read; correct \`export const revision\``,
    );
  return {
    ...header,
    checksum,
    upgrade: functionIn(exported, 'upgrade', file.path),
    downgrade: functionIn(exported, 'downgrade', file.path),
  };
}

/** The function of that name among a revision's exports. Throws MalformedRevisionFileError. */
export function functionIn<Operations>(
  exported: LoadedModule,
  name: 'upgrade' | 'downgrade',
  path: string,
): (op: Operations) => Promise<void> {
  const found = exported[name];
  if (typeof found === 'function') return found as (op: Operations) => Promise<void>;
  throw new MalformedRevisionFileError(
    path,
    `has no \`export async function ${name}(op)\`; add it, if only to throw where there is no way`,
  );
}

/** What a revision's file exports. */
export const loadRevisionModule = async (path: string): Promise<LoadedModule> =>
  (await loadRevisionText(path)).exported;

/** Node loads a file once: what is loaded later is what the file was then. */
const checksums = new WeakMap<object, string | undefined>();

async function loadRevisionText(
  path: string,
): Promise<{ readonly exported: LoadedModule; readonly checksum: string | undefined }> {
  try {
    if (isTypeScript(path) && !handlesTypeScript()) await registerTypeScript();
    const current = checksumOf({ path });
    const exported = await loadModule(path);
    // A module whose only export is no object exports no revision.
    const isKnown = Object(exported) !== exported || checksums.has(exported);
    if (!isKnown) checksums.set(exported, current);
    return {
      // Node gives what a CommonJS file exports as `default` where it cannot tell the names.
      exported: { ...(exported['default'] as object | undefined), ...exported },
      checksum: checksums.get(exported),
    };
  } catch (error) {
    const flaw = isTypeScript(path) && lacksCompiler(error) ? noCompiler : failureOf(path, 'cannot be loaded', error);
    throw new MalformedRevisionFileError(path, flaw, { cause: error });
  }
}

/** By name and code, as the error may come from the thread of a loader. */
function lacksCompiler(error: unknown): boolean {
  const { name, code } = (error ?? {}) as { name?: string; code?: string };
  return name === 'MissingPackageError' || code === 'ERR_UNKNOWN_FILE_EXTENSION';
}

const noCompiler =
  'is TypeScript, and this process has no compiler for it, as a bundle or an installation without ts-morph has none; ' +
  'import the revisions and give them as `revisions: [...]` of the configuration, or compile them to JavaScript';
