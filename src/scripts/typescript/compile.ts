import { MigrationError } from '../../errors.ts';
import { ownRequire, requireOf } from '../../own-require.ts';
import { explained } from '../../unexpected-error.ts';
import { reasonOf } from '../load-module.ts';
import type { ModuleFormat } from '../module-format.ts';
import { typeScriptCompiler } from './bundled-typescript.ts';
import type { Compiler } from './compiler.ts';
import { withCarefulMetadata } from './decorator-metadata.ts';
import { settingsFor } from './project-settings.ts';
import { swcCompiler } from './swc.ts';

/** A TypeScript file that cannot be compiled. */
export class TypeScriptSyntaxError extends MigrationError {
  override readonly name = 'TypeScriptSyntaxError';
  readonly file: string;

  constructor(file: string, cause: unknown) {
    super(`${file} is not TypeScript that can be compiled: ${reasonOf(cause)}.`, { cause });
    this.file = file;
  }
}

/** Compiles with @swc/core where the project or this library has it, else with the TypeScript compiler of ts-morph. */
export function compile(source: string, file: string, format: ModuleFormat): string {
  const compiler = (chosen ??= chooseCompiler(file));
  const settings = settingsFor(file);
  try {
    return withCarefulMetadata(compiler(source, file, format, settings), format, file);
  } catch (error) {
    throw new TypeScriptSyntaxError(file, error);
  }
}

let chosen: Compiler | undefined;

/** `TYPEORM_ALEMBIC_COMPILER=typescript` is for machines where swc's native code does not run. */
function chooseCompiler(file: string): Compiler {
  const own = ownRequire();
  const swc = process.env['TYPEORM_ALEMBIC_COMPILER'] === 'typescript' ? undefined : firstSwc([requireOf(file), own]);
  return swc ? swcCompiler(swc) : typeScriptCompiler(typeScriptOf(own));
}

/** @throws MissingPackageError */
function typeScriptOf(own: NodeJS.Require): (typeof import('ts-morph'))['ts'] {
  try {
    return (own('ts-morph') as typeof import('ts-morph')).ts;
  } catch (error) {
    throw explained(error);
  }
}

function firstSwc(requires: readonly NodeJS.Require[]): typeof import('@swc/core') | undefined {
  for (const require of requires) {
    try {
      return require('@swc/core') as typeof import('@swc/core');
    } catch {
      // Not installed here, or without the native code of this platform: both leave the next choice.
    }
  }
  return undefined;
}
