import { piecesOf } from '../source-text.ts';
import type { ModuleFormat } from '../module-format.ts';

/**
 * Compilers that see one file at a time write the type of a decorated property as a look at the name that stands there,
 * when the class is decorated. In a circular import that name has no value then; for an enum it is an object where the
 * type checker would have written String or Number; for an interface, it is an import that cannot be linked; and for an
 * alias of a type there is no value at all. Given compiled code, this has each such type read carefully, in ES modules
 * through a namespace import, and the type of a column that still has none looked up in the source (`design-type.ts`).
 */
export function withCarefulMetadata(code: string, format: ModuleFormat, file: string): string {
  const roots = new Set<string>();
  const careful = code
    .replaceAll(swcType, (_, path: string) => read(path))
    .replaceAll(tscType, (_, _name, path: string) => read(path));
  const complete = lookUpColumns(careful);
  if (complete === code) return code;
  return withReader(format === 'module' ? importForTypes(complete, roots) : complete, file);

  function read(expression: string): string {
    roots.add(/(?:typeof )?([\w$]+)/.exec(expression)![1]!);
    return `__designType(() => ${expression})`;
  }
}

/** `typeof Status === "undefined" || typeof Status.Open === "undefined" ? Object : Status.Open` */
const swcType = /typeof [\w$.]+ === "undefined"(?: \|\| typeof [\w$.]+ === "undefined")* \? Object : ([\w$.]+)/g;

/** `typeof (_a = typeof Status !== "undefined" && Status.Open) === "function" ? _a : Object` */
const tscType = /typeof \((_\w+) = (typeof [\w$.]+ !== "undefined" && [^;\n]*?)\) === "function" \? \1 : Object/g;

/** The type of a property and the class and name of the property, as `__decorate([…], Ticket.prototype, "state"` has them. */
const propertyType =
  /"design:type", (__designType\(\(\) => [^\n]*?|Object)\)((?:,\s*\w+\("design:\w+", [^\n]*\))*\s*\], ([\w$]+)\.prototype, ("(?:[^"\\\n]|\\.)*"))/g;

/** Names the property where a value does not tell its type. */
function lookUpColumns(code: string): string {
  return code.replaceAll(
    propertyType,
    (found: string, type: string, rest: string, owner: string, property: string, at: number) => {
      if (!needsType(code.slice(code.lastIndexOf('ecorate([', at), at))) return found;
      const read = type === 'Object' ? '__designType(() => undefined' : type.slice(0, -1);
      return `"design:type", ${read}, "${owner}", ${property}))${rest}`;
    },
  );
}

/** True for a property with the given decorators, compiled, if TypeORM takes the type of its column from the property. */
const needsType = (decorators: string): boolean =>
  /\b(?:Primary)?Column\)?\(/.test(decorators) && !/Column\)?\(\s*["'`]|\btype:/.test(decorators);

/** A function declaration: hoisted, so that it may stand last and no line of the source map moves. */
const readerFor = (file: string): string =>
  `function __designType(read, owner, property) {
  const missing = () => (owner && globalThis[Symbol.for('typeorm-alembic.designType')]?.(${JSON.stringify(file)}, owner, property)) ?? Object;
  let value;
  try { value = read(); } catch { return missing(); }
  if (typeof value === 'function') return value;
  const values = typeof value === 'object' && value !== null ? Object.keys(value).filter(key => !/^-?\\d/.test(key)).map(key => value[key]) : [value];
  if (values.length > 0 && values.every(each => typeof each === 'string')) return String;
  if (values.length > 0 && values.every(each => typeof each === 'number')) return Number;
  return missing();
}`.replaceAll(/\n\s*/g, ' ');

function withReader(code: string, file: string): string {
  const reader = readerFor(file);
  const end = code.lastIndexOf('\n//# sourceMappingURL');
  return end < 0 ? `${code}\n${reader}\n` : `${code.slice(0, end)}\n${reader}${code.slice(end)}`;
}

const namedImport = /^import (?:([\w$]+), )?\{([^}]*)\} from ("[^"\n]*"|'[^'\n]*');?/gm;
const typeRead = /__designType\(\(\) => [^\n]*?(?:, "[^"\n]*", "(?:[^"\\\n]|\\.)*")?\)(?=[,\s\])])/g;

/** Names that only types mention are imported through a namespace, where a name that has no value is undefined. */
function importForTypes(code: string, roots: ReadonlySet<string>): string {
  const valuesUsed = codeOf(code.replaceAll(namedImport, '').replaceAll(typeRead, ''));
  const isType = ({ local }: ImportedName) => roots.has(local) && !mentions(valuesUsed, local);
  const readFrom = new Map<string, string>();
  const imported = code.replaceAll(
    namedImport,
    (statement: string, whole: string | undefined, list: string, from: string) => {
      const names = namesIn(list);
      const types = names.filter(isType);
      if (types.length === 0) return statement;
      const namespace = `__types${readFrom.size}`;
      types.forEach(name => readFrom.set(name.local, `${namespace}.${name.exported}`));
      const values = names.filter(name => !types.includes(name)).map(name => name.text);
      const rest = `import ${whole ? `${whole}, ` : ''}{ ${values.join(', ')} } from ${from};`;
      return `import * as ${namespace} from ${from}; ${rest}${'\n'.repeat(statement.split('\n').length - 1)}`;
    },
  );
  return imported.replaceAll(typeRead, expression => readThrough(expression, readFrom));
}

const codeOf = (source: string): string =>
  piecesOf(source)
    .map(piece => (piece.isCode ? piece.text : ' '))
    .join('');

const mentions = (code: string, name: string): boolean =>
  new RegExp(`(?<![\\w$.])${name.replaceAll('$', '\\$')}(?![\\w$])`).test(code);

/** One of the names in an import's braces: `text` is `exported as local`, or the one name both have. */
interface ImportedName {
  readonly text: string;
  readonly exported: string;
  readonly local: string;
}

const namesIn = (list: string): readonly ImportedName[] =>
  list
    .split(',')
    .map(each => each.trim())
    .filter(text => text !== '')
    .map(text => {
      const [exported = text, local = exported] = text.split(/\s+as\s+/);
      return { text, exported, local };
    });

const readThrough = (expression: string, readFrom: ReadonlyMap<string, string>): string =>
  expression.replaceAll(/(?<![\w$.])[A-Za-z_$][\w$]*/g, name => readFrom.get(name) ?? name);
