import { pathToFileURL } from 'node:url';
import { saidBy } from '../errors.ts';
import { requireOf } from '../own-require.ts';
import { formatOf } from './module-format.ts';

export type LoadedModule = Readonly<Record<string, unknown>>;

/**
 * The exports of a file, by require for CommonJS and by import for ES modules, so that a file is loaded as the rest of
 * its project is. A test runner's module system may know only the other way; then that one is taken.
 */
export async function loadModule(file: string): Promise<LoadedModule> {
  const [first, second] = formatOf(file) === 'module' ? [importFile, requireFile] : [requireFile, importFile];
  try {
    return await first(file);
  } catch (error) {
    if (!asksForTheOtherWay(error)) throw error;
    return second(file);
  }
}

const requireFile = async (file: string): Promise<LoadedModule> => requireOf(file)(file) as LoadedModule;

const importFile = async (file: string): Promise<LoadedModule> =>
  (await import(/* webpackIgnore: true */ /* @vite-ignore */ pathToFileURL(file).href)) as LoadedModule;

const otherWayCodes = ['ERR_REQUIRE_ESM', 'ERR_REQUIRE_ASYNC_MODULE', 'ERR_VM_DYNAMIC_IMPORT_CALLBACK_MISSING_FLAG'];
const moduleSyntax = /^(?:Cannot use import statement outside a module|Unexpected token 'export')/;

/** Told by code and message: in a test runner, Node's own errors are no instances of the Error there. */
function asksForTheOtherWay(error: unknown): boolean {
  const { code = '', message = '' } = (error ?? {}) as { code?: string; message?: string };
  return otherWayCodes.includes(code) || moduleSyntax.test(message);
}

/** What a failure says, to go on with in a sentence. */
export const reasonOf = (error: unknown): string =>
  saidBy(error)
    .replace(/\nRequire stack:[^]*/, '')
    .replace(/[.\s]+$/, '');

/** What became of a file, to go on with after its path: an error that begins with that path is not prefixed by it again. */
export function failureOf(path: string, what: string, error: unknown): string {
  const reason = reasonOf(error);
  return reason.startsWith(`${path} `) ? reason.slice(path.length + 1) : `${what}: ${reason}`;
}
