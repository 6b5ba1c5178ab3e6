import type { Hazard } from '../../sql/hazard.ts';
import { quoteIdentifier } from '../../sql/name.ts';

interface Spatial {
  /** Where PostGIS lies, as the type says it: `ext.`, or nothing where it is on the search path. */
  readonly place: string;
  readonly type: 'geometry' | 'geography';
  readonly feature: string | undefined;
  /** 0 where any reference system is allowed. */
  readonly system: number;
}

/** `geometry(Point,4326)` or `ext.geometry` in its parts; undefined for what is no type of PostGIS. */
function spatial(type: string): Spatial | undefined {
  const [, place = '', name, feature, system = '0'] = SPATIAL.exec(type) ?? [];
  if (name === undefined) return undefined;
  return { place, type: name as Spatial['type'], feature, system: Number(system) };
}

const SPATIAL = /^((?:"(?:[^"]|"")*"|[\p{L}\p{N}_$]+)\.)?(geometry|geography)(?:\((\w+)(?:,(\d+))?\))?$/u;

const spatialPair = (before: string, after: string): readonly [Spatial, Spatial] | undefined => {
  const [from, to] = [spatial(before), spatial(after)];
  return from && to && [from, to];
};

/** True where both types say which reference system they are in, and it is not the same. */
const changesSystem = (from: Spatial, to: Spatial): boolean =>
  from.system !== 0 && to.system !== 0 && from.system !== to.system;

/** The `USING` expression between two types of PostGIS; `undefined` where there is nothing to convert, or it is none. */
export function spatialUsing(column: string, before: string, after: string): string | undefined {
  const [from, to] = spatialPair(before, after) ?? [];
  if (!from || !to) return undefined;
  const value = quoteIdentifier(column);
  if (!changesSystem(from, to)) return from.type === to.type ? undefined : `${value}::${after}`;
  const plain = from.type === 'geometry' ? value : `${value}::${from.place}geometry`;
  const converted = `${from.place}ST_Transform(${plain}, ${to.system})`;
  return to.type === 'geometry' ? converted : `${converted}::${after}`;
}

/** What such a change does to rows; `undefined` where it is none between types of PostGIS. */
export function spatialRisks(what: string, before: string, after: string): readonly Hazard[] | undefined {
  const [from, to] = spatialPair(before, after) ?? [];
  if (!from || !to) return undefined;
  const narrows =
    (to.system !== 0 && from.system === 0) ||
    (to.feature !== undefined && to.feature !== 'Geometry' && to.feature !== from.feature) ||
    to.type !== from.type;
  return [
    ...(changesSystem(from, to) ? [{ type: 'changesData', what } as const] : []),
    ...(narrows ? [{ type: 'failsOnRows', what } as const] : []),
  ];
}
