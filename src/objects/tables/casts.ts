import type { Hazard } from '../../sql/hazard.ts';
import { quoteIdentifier } from '../../sql/name.ts';
import { withFormerNames } from '../enums.ts';
import { fitsNone } from './misfits.ts';
import { spatialRisks, spatialUsing } from './spatial-casts.ts';

const INTEGERS = ['smallint', 'integer', 'bigint'];
const NUMBERS = [...INTEGERS, 'numeric', 'real', 'double precision', 'money'];
const STRINGS = ['character varying', 'character', 'text', 'citext', 'name'];
const TIMES = [
  'date',
  'timestamp without time zone',
  'timestamp with time zone',
  'time without time zone',
  'time with time zone',
];

/** A type's text without its modifier: `timestamp(3) with time zone` → `timestamp with time zone`. */
export const baseType = (type: string): string => type.replace(/\([^)]*\)/, '');

const isArray = (type: string): boolean => type.endsWith('[]');
const elementType = (type: string): string => type.replace(/(\[\])+$/, '');
const modifiers = (type: string): readonly number[] =>
  (/\(([-\d,]+)\)/.exec(type)?.[1] ?? '').split(',').filter(Boolean).map(Number);

/** True where both types count whole numbers, so that foreign keys between them keep working. */
export const bothIntegers = (a: string, b: string): boolean => INTEGERS.includes(a) && INTEGERS.includes(b);

/**
 * The `USING` expression a change of type needs: none where PostgreSQL assigns the old type to the new one by itself,
 * which also raises an error for a value that does not fit, where an explicit cast would cut it.
 * @see https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-SET-DATA-TYPE
 */
export function usingFor(column: string, before: string, after: string): string | undefined {
  const [from, to] = [baseType(before), baseType(after)];
  const value = quoteIdentifier(column);
  const converted = spatialUsing(column, before, after);
  if (converted !== undefined) return converted;
  // PostgreSQL assigns bits of one length only to the same length.
  if (elementType(from) === 'bit' && from === to) return `${value}::${after}`;
  if (from === to || assigns(elementType(from), elementType(to), isArray(from) === isArray(to))) return undefined;
  const steps = stepsBetween(elementType(from), elementType(to));
  if (isArray(from) && isArray(to))
    return casts(value, [...steps, ...(steps.length > 0 ? [] : ['text'])].map(arrayOf), after);
  if (isArray(to)) return asArray(value, from, after);
  if (isArray(from) && !STRINGS.includes(to) && !isJson(to)) return `${value}[1]::text::${after}`;
  if (to === 'bytea') return `convert_to(${value}::text, 'UTF8')`;
  if (from === 'bytea') return textAs(`convert_from(${value}, 'UTF8')`, after);
  if (STRINGS.includes(to)) return `${value}::text`;
  if (isJson(to)) return STRINGS.includes(from) ? `${value}::${after}` : `to_${to}(${value})`;
  if (steps.length > 0) return casts(value, steps, after);
  return STRINGS.includes(from) || castsDirectly(from, to) ? `${value}::${after}` : `${value}::text::${after}`;
}

const asArray = (value: string, from: string, after: string): string => {
  const elements = `ARRAY[${elementType(baseType(after)) === from ? value : `${value}::text`}]`;
  return `CASE WHEN ${value} IS NULL THEN NULL ELSE ${textAs(elements, after)} END`;
};

/** PostgreSQL assigns a text to all types of strings, and refuses one that is too long, where a cast would cut it. */
const textAs = (text: string, after: string): string =>
  STRINGS.includes(elementType(baseType(after))) ? text : `${text}::${after}`;

/** Money is assigned from integers (but smallint) and numeric, and to numeric only. */
const isAssignedNumber = (from: string, to: string): boolean =>
  from === 'money' ? to === 'numeric' : to !== 'money' || ['integer', 'bigint', 'numeric'].includes(from);

/** The types by way of which PostgreSQL casts one to another that it casts to neither at once nor from its text. */
function stepsBetween(from: string, to: string): readonly string[] {
  const isDay = from === 'date' || from === 'timestamp without time zone';
  if (isDay && to === 'time with time zone') return ['timestamp with time zone'];
  if (from === 'date' && to === 'time without time zone') return ['timestamp without time zone'];
  if (!NUMBERS.includes(from) && !NUMBERS.includes(to)) return [];
  // Only integer casts to boolean and back.
  if (from === 'boolean' || to === 'boolean') return from === 'money' ? ['numeric', 'integer'] : ['integer'];
  if (from === 'smallint' && to === 'money') return ['integer'];
  const isOfMoney = (from === 'money' && NUMBERS.includes(to)) || (to === 'money' && NUMBERS.includes(from));
  return isOfMoney ? ['numeric'] : [];
}

const casts = (value: string, steps: readonly string[], after: string): string => [value, ...steps, after].join('::');
const arrayOf = (type: string): string => `${type}[]`;

const isJson = (type: string): type is 'json' | 'jsonb' => type === 'json' || type === 'jsonb';

/** Casts PostgreSQL has where it does not assign by itself; all other types meet as text. */
const castsDirectly = (from: string, to: string): boolean =>
  (from === 'jsonb' && NUMBERS.includes(to) && to !== 'money') || (from === 'inet' && to === 'cidr');

/** The `USING` expression that leads from a type by way of text: what enums have in common that share labels. */
export function usingText(column: string, before: string, after: string): string | undefined {
  const value = quoteIdentifier(column);
  if (STRINGS.includes(baseType(after))) return undefined;
  if (isArray(before)) return isArray(after) ? textAs(`${value}::text[]`, after) : `${value}[1]::text::${after}`;
  if (isArray(after)) return `CASE WHEN ${value} IS NULL THEN NULL ELSE ${textAs(`ARRAY[${value}::text]`, after)} END`;
  return `${value}::text::${after}`;
}

function assigns(from: string, to: string, sameDimensions: boolean): boolean {
  if (from === 'bytea' || to === 'bytea') return false;
  if (STRINGS.includes(to) && sameDimensions) return true;
  if (!sameDimensions) return false;
  if (NUMBERS.includes(from) && NUMBERS.includes(to)) return isAssignedNumber(from, to);
  if (/^json/.test(from) && /^json/.test(to)) return true;
  return (
    TIMES.includes(from) &&
    TIMES.includes(to) &&
    stepsBetween(from, to).length === 0 &&
    !(from.startsWith('time ') && !to.startsWith('time '))
  );
}

/** What the change of type does to a table with rows. */
export function castHazards(what: string, before: string | undefined, after: string): readonly Hazard[] {
  if (before === undefined) return [{ type: 'rewritesTable' }];
  if (isBinaryWidening(before, after)) return [];
  const change = withFormerNames(`${what} from ${before} to ${after}${conversionNote(before, after)}`);
  const risks = riskOf(change, before, after);
  return [{ type: 'rewritesTable' }, ...risks.map(risk => withMisfits(risk, before, after))];
}

const withMisfits = (risk: Hazard, before: string, after: string): Hazard =>
  risk.type === 'failsOnRows' && fitsNone(baseType(before), baseType(after)) ? { ...risk, fits: 'only NULL' } : risk;

/** What becomes of a value, where the names of the types do not tell. */
function conversionNote(before: string, after: string): string {
  const [from, to] = [baseType(before), baseType(after)];
  if (!isArray(from) && isArray(to))
    return STRINGS.includes(from)
      ? ` (each value becomes an array of one element; a list such as that of a simple-array column needs \`using\` with string_to_array)`
      : ' (each value becomes an array of one element)';
  if (isArray(from) && !isArray(to) && !isJson(to))
    return STRINGS.includes(to)
      ? ' (each array becomes a text such as {a,b}; the list of a simple-array column needs `using` with array_to_string)'
      : ' (the first element of each array is kept)';
  if (to === 'jsonb' && (from === 'json' || STRINGS.includes(from)))
    return ' (spaces, the order of keys, and all but the last of equal keys are not kept)';
  return '';
}

/** Changes that only touch the catalog: a longer or unlimited varchar, a wider numeric of the same scale. */
function isBinaryWidening(before: string, after: string): boolean {
  const [from, to] = [baseType(before), baseType(after)];
  const [[a, scaleA = 0], [b, scaleB = 0]] = [modifiers(before), modifiers(after)];
  const wider = b === undefined || (a !== undefined && b >= a && scaleA === scaleB);
  if (from === 'character varying' && to === 'text') return true;
  if (from === 'text' && to === 'character varying') return b === undefined;
  if (from === 'bit' || to === 'bit') return false;
  return from === to && ['character varying', 'numeric', 'bit varying'].includes(from) && wider;
}

function riskOf(what: string, before: string, after: string): readonly Hazard[] {
  const [from, to] = [baseType(before), baseType(after)];
  const [changes, fails] = [{ type: 'changesData', what } as const, { type: 'failsOnRows', what } as const];
  const spatial = spatialRisks(what, before, after);
  if (spatial) return spatial;
  // PostgreSQL converts elements as it does values.
  if (isArray(before) && isArray(after)) return riskOf(what, elementType(before), elementType(after));
  // Bits are cut off or filled up with zeros; a vector keeps its dimensions.
  if (from === to && from === 'bit') return before === after ? [] : [changes];
  if (from === to && /^(half|sparse)?vec(tor)?$/.test(from))
    return modifiers(after).length > 0 && before !== after ? [fails] : [];
  if (from === 'numeric' && to === 'numeric')
    return [...(isRounded(before, after) ? [changes] : []), ...(overflows(before, after) ? [fails] : [])];
  if (from === to) return narrows(before, after) ? [isOfTime(from) ? changes : fails] : [];
  if (NUMBERS.includes(from) && NUMBERS.includes(to)) return numberRisk(before, after, changes, fails);
  if (STRINGS.includes(to) && !isArray(from)) return stringRisk(from, after, changes, fails);
  if (from.startsWith('time ') && /^date$|^timestamp /.test(to)) return [fails];
  if (TIMES.includes(from) && TIMES.includes(to))
    return /^date$|^time /.test(to) || movesZone(from, to) || narrows(before, after) ? [changes] : [];
  if (isArray(from) !== isArray(to)) return [changes, ...(isFitForAll(before, after) ? [] : [fails])];
  if (NUMBERS.includes(from) && to === 'boolean')
    return from === 'integer' || !overflows(before, 'integer') ? [changes] : [changes, fails];
  // A cast that is spelled out cuts and rounds to the new type's length and precision without an error.
  return [...(modifiers(after).length > 0 || simplifies(from, to) ? [changes] : []), fails];
}

const isOfTime = (type: string): boolean => type.startsWith('time') || type === 'interval';

function numberRisk(before: string, after: string, changes: Hazard, fails: Hazard): readonly Hazard[] {
  const [from, to] = [baseType(before), baseType(after)];
  const isKept = INTEGERS.includes(from) ? !roundsIntegers(from, to) : from === 'real' && to === 'double precision';
  return [...(isKept ? [] : [changes]), ...(overflows(before, after) ? [fails] : [])];
}

/** A real number holds whole ones of 24 bits, one of double precision those of 53. */
const roundsIntegers = (from: string, to: string): boolean =>
  (to === 'real' && from !== 'smallint') || (to === 'double precision' && from === 'bigint');

/** A value's text may depend on the session's DateStyle, TimeZone, IntervalStyle or lc_monetary; a name is cut at 63 bytes. */
function stringRisk(from: string, after: string, changes: Hazard, fails: Hazard): readonly Hazard[] {
  const isStyled = from === 'date' || from.startsWith('timestamp ') || from === 'interval' || from === 'money';
  const isBytes = from === 'bytea';
  return [
    ...(isStyled || baseType(after) === 'name' || losesBlanks(from, after) ? [changes] : []),
    ...(isBytes || modifiers(after).length > 0 ? [fails] : []),
  ];
}

/** Blanks at the end of a text do not count in a `character(n)`. */
const losesBlanks = (from: string, after: string): boolean =>
  baseType(after) === 'character' && STRINGS.includes(from) && from !== 'character';

/** Types that spell a value in one way: of a text that spells it in another, the way is not kept. */
const SPELLED =
  /^(boolean|uuid|macaddr8?|inet|interval|hstore|cube|oid|pg_lsn|ts(vector|query)|point|line|lseg|box|path|polygon|circle|\w+range)$/;

/** Types that take a text for a value of their own, if they can: the bits 101 for a hundred and one, or for 101 seconds. */
const readsText = (to: string): boolean => NUMBERS.includes(to) || TIMES.includes(to) || SPELLED.test(to);

/**
 * Casts that drop what the new type has no room for: fractions, keys that occur twice, bits of a host, all but the first
 * character, and of a text leading zeros, the time behind a date, digits, and its spelling.
 */
function simplifies(from: string, to: string): boolean {
  if (to === 'cidr' || to === '"char"') return true;
  if (to === 'jsonb') return from === 'json' || STRINGS.includes(from);
  if (NUMBERS.includes(to) && (from === 'boolean' || (from === 'jsonb' && to === 'numeric'))) return false;
  return readsText(to) && !fitsNone(from, to);
}

/** True where a numeric has fewer decimals than before. */
function isRounded(before: string, after: string): boolean {
  const [[, decimals = 0], [limit, rest = 0]] = [modifiers(before), modifiers(after)];
  return limit !== undefined && (modifiers(before).length === 0 || rest < decimals);
}

/** The digits before the point that a number of a type may have, and those that fit into one whatever they are. */
const DIGITS: Readonly<Record<string, readonly [most: number, safe: number]>> = {
  smallint: [5, 4],
  integer: [10, 9],
  bigint: [19, 18],
  money: [17, 16],
  real: [39, 38],
  'double precision': [309, 308],
};

function digitsOf(type: string): readonly [most: number, safe: number] {
  const [precision, scale = 0] = modifiers(type);
  const digits = precision === undefined ? Infinity : precision - scale;
  return DIGITS[type] ?? [digits, digits];
}

/** True where a number may be too large for the new type. */
const overflows = (before: string, after: string): boolean =>
  before !== after && NUMBERS.includes(baseType(before)) && digitsOf(before)[0] > digitsOf(after)[1];

/** What has no time zone is taken for the session's, and the other way. */
const movesZone = (from: string, to: string): boolean =>
  from.includes('with time zone') !== to.includes('with time zone');

/** Between one value and an array: whether every value has a place in the other type. */
function isFitForAll(before: string, after: string): boolean {
  const [from, to] = [elementType(before), elementType(after)];
  if (STRINGS.includes(baseType(to))) return modifiers(to).length === 0;
  return baseType(from) === baseType(to) && !overflows(from, to);
}

const narrows = (before: string, after: string): boolean => {
  const [old, now] = [modifiers(before), modifiers(after)];
  if (now.length === 0) return false;
  return (
    old.length === 0 ||
    now.some((limit, i) => limit < (old[i] ?? 0)) ||
    (now[0] ?? 0) - (now[1] ?? 0) < (old[0] ?? 0) - (old[1] ?? 0)
  );
};
