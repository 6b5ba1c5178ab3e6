import type { TableColumn } from 'typeorm';

/** The parts of a column's declaration that its type is made of. */
export type TypeDeclaration = Pick<
  TableColumn,
  'type' | 'length' | 'precision' | 'scale' | 'isArray' | 'spatialFeatureType' | 'srid'
>;

/**
 * The type of a column as `format_type` prints it, from a declaration whose `type` TypeORM has normalised already:
 * `character varying(50)`, `timestamp(3) without time zone`, `integer[]`. What PostgreSQL does not know is left as it is.
 */
export function columnType(column: TypeDeclaration): string {
  const element = elementType(column);
  return column.isArray ? `${element}[]` : element;
}

function elementType(column: TypeDeclaration): string {
  const { type, length, precision, scale } = column;
  const spelled = SPELLINGS[type]?.(column);
  if (spelled !== undefined) return spelled;
  if (length) return `${type}(${length})`;
  if (!isSet(precision)) return type;
  return isSet(scale) ? `${type}(${precision},${scale})` : `${type}(${precision})`;
}

const isSet = (value: number | null | undefined): value is number => value !== undefined && value !== null;

type Spelling = (column: TypeDeclaration) => string | undefined;

/** A precision of a time's type stands inside its name. */
const temporal =
  (word: string, zone: string): Spelling =>
  ({ precision }) =>
    `${word}${isSet(precision) ? `(${precision})` : ''} ${zone} time zone`;

/** A length that is 1 by default. */
const single: Spelling = ({ type, length, precision }) => (length || isSet(precision) ? undefined : `${type}(1)`);

const SPELLINGS: Readonly<Record<string, Spelling>> = {
  'timestamp without time zone': temporal('timestamp', 'without'),
  'timestamp with time zone': temporal('timestamp', 'with'),
  'time without time zone': temporal('time', 'without'),
  'time with time zone': temporal('time', 'with'),
  character: single,
  bit: single,
  numeric: ({ length, precision, scale }) =>
    !length && isSet(precision) && !isSet(scale) ? `numeric(${precision},0)` : undefined,
  vector: sized,
  halfvec: sized,
  geometry: spatial,
  geography: spatial,
};

/** A vector has dimensions and no precision. */
function sized({ type, length }: TypeDeclaration): string {
  return length ? `${type}(${length})` : type;
}

/**
 * `geometry(Point,4326)`. Without a feature type TypeORM leaves the reference system out; PostGIS gives a geography one
 * of its own (https://postgis.net/docs/using_postgis_dbmanagement.html#PostGIS_Geography).
 */
function spatial({ type, spatialFeatureType, srid }: TypeDeclaration): string {
  if (spatialFeatureType === undefined || spatialFeatureType === null) return type;
  const feature = featureName(spatialFeatureType);
  const system = srid || (type === 'geography' ? 4326 : 0);
  if (system) return `${type}(${feature},${system})`;
  return feature === 'Geometry' ? type : `${type}(${feature})`;
}

const FEATURES = [
  'Geometry',
  'Point',
  'LineString',
  'Polygon',
  'MultiPoint',
  'MultiLineString',
  'MultiPolygon',
  'GeometryCollection',
  'CircularString',
  'CompoundCurve',
  'CurvePolygon',
  'MultiCurve',
  'MultiSurface',
  'PolyhedralSurface',
  'Triangle',
  'Tin',
];

/** PostGIS reads names of features in any case, and prints them in its own. */
function featureName(given: string): string {
  const [, name = '', dimensions = ''] = /^(.*?)\s*(Z?M?)$/i.exec(given) ?? [];
  const found = FEATURES.find(feature => feature.toLowerCase() === name.toLowerCase());
  return found === undefined ? given : `${found}${dimensions.toUpperCase()}`;
}
