import { ConfigurationError } from '../errors.ts';
import { failureOf } from './load-module.ts';

/** A configuration file that threw while it was run; `cause` is what it threw. */
export class ConfigFailedError extends ConfigurationError {
  readonly path: string;

  constructor(path: string, cause: unknown) {
    super(`${path} ${failureOf(path, 'failed', cause)}${adviceFor(cause)}.`, { cause });
    this.path = path;
  }
}

/** What to do about failures whose own words do not say it. */
function adviceFor(error: unknown): string {
  const { name = '', code = '', message = '' } = (error ?? {}) as { name?: string; code?: string; message?: string };
  const known = advice.find(({ of }) => of.test(`${name} ${code} ${message}`));
  return known ? `; ${known.say}` : '';
}

const advice: readonly { readonly of: RegExp; readonly say: string }[] = [
  {
    of: /ColumnTypeUndefinedError|Column type for .* is not defined/,
    say: 'the type of this property was not recorded by the compiler: name it, as in @Column({ type: "text" }), or compile with "experimentalDecorators" and "emitDecoratorMetadata"',
  },
  {
    of: /DataTypeNotSupportedError/,
    say: 'a union or an alias of types is recorded as Object: name the column\'s type, as in @Column({ type: "text" })',
  },
  {
    of: /Cannot access '\w+' before initialization/,
    say: 'two files that import each other are used before they are complete: pass the class in a function, and the type as Relation<…>',
  },
  {
    of: /MODULE_NOT_FOUND/,
    say: 'install that package, or correct the import in the configuration or in what it imports',
  },
  { of: /does not provide an export named/, say: 'if that is a type, import or export it with "type"' },
  {
    of: /ERR_UNKNOWN_FILE_EXTENSION.*\.[cm]?tsx?\b/,
    say: 'a JavaScript configuration loads JavaScript only: name the compiled files, or the configuration ormconfig.ts',
  },
  {
    of: /Cannot use 'import\.meta'|await is only valid in async functions/,
    say: 'the file is loaded as CommonJS: end its name in .mts, or say "type": "module" in package.json',
  },
];
