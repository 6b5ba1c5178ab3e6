import { formatOf } from '../module-format.ts';
import { loadTypeScript, resolveTypeScript, typeScriptFileOf } from './hooks.ts';

/** Node's asynchronous module hooks, which older Node runs in a thread of their own for `import`. */

type Next<Context> = (name: string, context: Context) => unknown;

export function resolve(specifier: string, context: { parentURL?: string }, next: Next<typeof context>): unknown {
  return resolveTypeScript(specifier, context.parentURL) ?? next(specifier, context);
}

export function load(url: string, context: object, next: Next<typeof context>): unknown {
  const file = typeScriptFileOf(url);
  if (file === undefined) return next(url, context);
  // Without a source, Node loads CommonJS by way of require, which knows the file's modules already.
  if (formatOf(file) === 'commonjs') return { format: 'commonjs', shortCircuit: true };
  return loadTypeScript(file);
}
