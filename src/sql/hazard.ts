import { type Argument, checkArgument } from '../call-arguments.ts';

/** What can go wrong when a statement meets a busy database, or rows it did not expect. */
export type Hazard =
  | { readonly type: 'locksTable'; readonly mode: 'ACCESS EXCLUSIVE' | 'SHARE ROW EXCLUSIVE' | 'SHARE' }
  | { readonly type: 'deletesData'; readonly what: string }
  | { readonly type: 'losesObjects'; readonly what: string }
  | { readonly type: 'changesData'; readonly what: string }
  /** `fits`: what is known of the rows that do, left out where it depends on their values. */
  | { readonly type: 'failsOnRows'; readonly what: string; readonly fits?: 'only NULL' | 'no row' }
  | { readonly type: 'losesSetting'; readonly what: string }
  | { readonly type: 'rewritesTable' }
  | { readonly type: 'scansTable' }
  /** SQL of a revision's own, of which nothing is known. */
  | { readonly type: 'notJudged' };

/** A hazard in words, for a comment or a terminal. */
export function describeHazard(hazard: Hazard): string {
  checkArgument('describeHazard', 'hazard', hazard, aHazard);
  switch (hazard.type) {
    case 'locksTable':
      return `takes a ${hazard.mode} lock on the table`;
    case 'losesSetting':
      return `does not keep ${hazard.what}`;
    case 'rewritesTable':
      return 'rewrites the table';
    case 'scansTable':
      return 'scans the table';
    case 'notJudged':
      return 'is SQL of your own: its locks and scans are not judged';
    default:
      return `${effectOf(hazard)}: ${hazard.what}`;
  }
}

const types: Readonly<Record<Hazard['type'], true>> = {
  locksTable: true,
  deletesData: true,
  losesObjects: true,
  changesData: true,
  failsOnRows: true,
  losesSetting: true,
  rewritesTable: true,
  scansTable: true,
  notJudged: true,
};
const aHazard: Argument = {
  expected: 'a hazard of a statement',
  holds: (value: Hazard | null | undefined) =>
    value !== null && value !== undefined && Object.hasOwn(types, value.type),
};

/** Hazards that say what happens to something. */
type Effect = Exclude<Extract<Hazard, { readonly what: string }>, { readonly type: 'losesSetting' }>;

function effectOf(hazard: Effect): string {
  switch (hazard.type) {
    case 'deletesData':
      return 'deletes data';
    case 'losesObjects':
      return 'drops what the downgrade does not create again';
    case 'changesData':
      return 'may change data';
    case 'failsOnRows':
      return `fails on rows that do not fit${hazard.fits ? misfits[hazard.fits] : ''}`;
  }
}

const misfits = { 'only NULL': ', which is every row that is not NULL', 'no row': ', which is every row' } as const;

/** What touches rows among hazards, in words: a sentence for each thing it happens to, and none of them twice. */
export function describeRisks(hazards: readonly Hazard[]): readonly string[] {
  const risks = hazards.filter(touchesRows);
  const effects = risks.filter(isEffect);
  const sentences = risks.map(risk => {
    if (!isEffect(risk)) return describeHazard(risk);
    const same = effects.filter(({ what }) => what === risk.what).map(effectOf);
    return `${[...new Set(same)].join(' and ')}: ${risk.what}`;
  });
  return [...new Set(sentences)];
}

const isEffect = (hazard: Hazard): hazard is Effect => 'what' in hazard && hazard.type !== 'losesSetting';

/** True where rows or objects are at stake, or what others have set: what a reviewer must not overlook. */
export const touchesRows = (hazard: Hazard): boolean =>
  hazard.type === 'deletesData' ||
  hazard.type === 'losesObjects' ||
  hazard.type === 'losesSetting' ||
  hazard.type === 'changesData' ||
  hazard.type === 'failsOnRows';

const modes = ['SHARE', 'SHARE ROW EXCLUSIVE', 'ACCESS EXCLUSIVE'];

/**
 * What statements ask of a table that others use, in few words: `ACCESS EXCLUSIVE lock, rewrites the table`. Empty where that
 * is nothing.
 */
export function describeImpact(hazards: readonly Hazard[]): string {
  const has = (type: Hazard['type']) => hazards.some(hazard => hazard.type === type);
  const locks = hazards.flatMap(hazard => (hazard.type === 'locksTable' ? modes.indexOf(hazard.mode) : []));
  return [
    ...(locks.length > 0 ? [`${modes[Math.max(...locks)]} lock`] : []),
    ...(has('rewritesTable') ? ['rewrites the table'] : has('scansTable') ? ['scans the table'] : []),
    ...(has('notJudged') ? ['your own SQL: locks and scans not judged'] : []),
  ].join(', ');
}
