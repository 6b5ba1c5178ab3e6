/** Types whose values are written alike. */
const shapes = {
  boolean: ['boolean'],
  integer: ['smallint', 'integer', 'bigint'],
  fraction: ['numeric', 'real', 'double precision', 'money'],
  moment: ['date', 'timestamp without time zone', 'timestamp with time zone'],
  clock: ['time without time zone', 'time with time zone'],
  span: ['interval'],
  uuid: ['uuid'],
  address: ['inet', 'cidr'],
  json: ['json', 'jsonb'],
} as const;

type Shape = keyof typeof shapes;

/** What a value of a shape never is, whatever it is. (A fraction or an interval may be infinite, as a date may.) */
const misfits: Readonly<Partial<Record<Shape, readonly Shape[]>>> = {
  boolean: ['moment', 'clock', 'span', 'uuid', 'address'],
  integer: ['uuid'],
  moment: ['boolean', 'integer', 'uuid', 'address'],
  clock: ['boolean', 'integer', 'fraction', 'moment', 'uuid', 'address'],
  span: ['boolean', 'integer', 'uuid', 'address'],
  uuid: ['boolean', 'integer', 'fraction', 'moment', 'clock', 'span', 'address'],
  address: ['boolean', 'integer', 'fraction', 'moment', 'clock', 'uuid'],
  json: ['clock', 'uuid'],
};

const shapeOf = (type: string): Shape | undefined =>
  (Object.keys(shapes) as Shape[]).find(shape => (shapes[shape] as readonly string[]).includes(type));

/** True where PostgreSQL takes no value of one type for one of the other, so that only NULLs survive a change of type. */
export function fitsNone(from: string, to: string): boolean {
  const [before, after] = [shapeOf(from), shapeOf(to)];
  return before !== undefined && after !== undefined && misfits[before]?.includes(after) === true;
}
