import type { Options } from '@swc/core';
import { reasonOf } from '../load-module.ts';
import type { ModuleFormat } from '../module-format.ts';
import { piecesOf } from '../source-text.ts';
import type { Compiler } from './compiler.ts';
import type { ProjectSettings } from './project-settings.ts';

type Swc = Pick<typeof import('@swc/core'), 'transformSync'>;

/** Compiles with the given @swc/core. */
export const swcCompiler =
  (swc: Swc): Compiler =>
  (source, file, format, settings) => {
    try {
      const { code } = swc.transformSync(
        isStrict(settings) ? source : withoutNull(source),
        optionsFor(file, format, settings),
      );
      return code;
    } catch (error) {
      throw new SyntaxError(describe(reasonOf(error)), { cause: error });
    }
  };

/** swc draws the source below its message, and where it stands: `x Expression expected`, `,-[ticket.ts:2:1]`. */
function describe(drawing: string): string {
  // eslint-disable-next-line no-control-regex -- colours begin with the escape character
  const plain = drawing.replaceAll(/\u001b\[[\d;]*m/g, '');
  const [, line] = /\[[^\]\n]*:(\d+):\d+\]/.exec(plain) ?? [];
  const message = plain
    .trim()
    .split('\n')[0]!
    .replace(/^[x×]\s+/, '');
  return line === undefined ? message : `${message} (line ${line})`;
}

const isStrict = ({ compilerOptions }: ProjectSettings): boolean =>
  compilerOptions.strictNullChecks ?? compilerOptions.strict ?? false;

function optionsFor(file: string, format: ModuleFormat, { compilerOptions }: ProjectSettings): Options {
  return {
    filename: file,
    swcrc: false,
    configFile: false,
    sourceMaps: 'inline',
    module: {
      type: format === 'module' ? 'es6' : 'commonjs',
      importInterop: compilerOptions.esModuleInterop === false ? 'none' : 'swc',
      // As tsc does: `module: commonjs` makes import() a require, the newer kinds leave it to Node.
      ignoreDynamic: !/^(?:commonjs|none|amd|umd|system)$/i.test(compilerOptions.module ?? 'commonjs'),
    },
    jsc: {
      target: 'es2022',
      keepClassNames: true,
      parser: { syntax: 'typescript', decorators: true, tsx: file.endsWith('x') },
      transform: {
        legacyDecorator: true,
        decoratorMetadata: true,
        useDefineForClassFields: compilerOptions.useDefineForClassFields ?? false,
        react: { runtime: compilerOptions.jsx?.startsWith('react-jsx') ? 'automatic' : 'classic' },
      },
    },
  };
}

/**
 * The type of `name: string | null` is String where null is part of every type, which swc does not know of: it writes
 * Object, as for a strict project. Blanks keep every place of the source map.
 */
function withoutNull(source: string): string {
  if (!source.includes('@')) return source;
  const blank = (match: string) => match.replaceAll(/\S/g, ' ');
  return piecesOf(source)
    .map(({ text, isCode }) => (isCode ? text.replaceAll(nullAmongTypes, blank) : text))
    .join('');
}

const nullAmongTypes = /\|\s*(?:null|undefined)\b(?=\s*[|;=,)}\n])|(?<=:\s*)(?:null|undefined)\s*\|/g;
