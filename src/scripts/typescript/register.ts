import { ownRequire } from '../../own-require.ts';

/** Shared by every copy of this library in the process (ESM beside CommonJS), since hooks belong to the process. */
const registration = Symbol.for('typeorm-alembic.typescript');
const registered = globalThis as { [registration]?: Promise<void> };

/** From then on, this process can import and require a project's TypeScript, with decorator metadata. */
export async function registerTypeScript(): Promise<void> {
  if (isNodesModuleSystem()) await (registered[registration] ??= install());
}

/** Apart, so that whoever runs compiled JavaScript loads none of it. */
async function install(): Promise<void> {
  const { installHooks } = await import('./install-hooks.ts');
  installHooks();
}

/** True where TypeScript can be loaded as things are: by these hooks, by others (ts-node, tsx), or by a test runner. */
export const handlesTypeScript = (): boolean =>
  registered[registration] !== undefined || !isNodesModuleSystem() || hasForeignHooks();

/** Jest brings a module system of its own, which compiles what it loads and whose require knows no extensions. */
const isNodesModuleSystem = (): boolean => extensionsOfRequire()['.js'] !== undefined;

/** Node that strips types by itself claims `.ts` too, and knows neither decorators nor enums. */
const hasForeignHooks = (): boolean =>
  extensionsOfRequire()['.ts'] !== undefined && !(process.features as { typescript?: unknown }).typescript;

const extensionsOfRequire = (): NodeJS.Dict<unknown> => ownRequire().extensions;
