/** What can go wrong when a statement meets a busy database, or rows it did not expect. */
export type Hazard =
  | { readonly type: 'locksTable'; readonly mode: 'ACCESS EXCLUSIVE' | 'SHARE ROW EXCLUSIVE' | 'SHARE' }
  | { readonly type: 'deletesData'; readonly what: string }
  | { readonly type: 'losesObjects'; readonly what: string }
  | { readonly type: 'changesData'; readonly what: string }
  | { readonly type: 'failsOnRows'; readonly what: string }
  | { readonly type: 'rewritesTable' }
  | { readonly type: 'scansTable' };

/** A hazard in words, for a comment or a terminal. */
export function describeHazard(hazard: Hazard): string {
  switch (hazard.type) {
    case 'locksTable':
      return `takes a ${hazard.mode} lock on the table`;
    case 'deletesData':
      return `deletes data: ${hazard.what}`;
    case 'losesObjects':
      return `drops what the downgrade does not create again: ${hazard.what}`;
    case 'changesData':
      return `may change data: ${hazard.what}`;
    case 'failsOnRows':
      return `fails on rows that do not fit: ${hazard.what}`;
    case 'rewritesTable':
      return 'rewrites the table';
    case 'scansTable':
      return 'scans the table';
  }
}

/** True where rows or objects are at stake: what a reviewer must not overlook. */
export const touchesRows = (hazard: Hazard): boolean =>
  hazard.type === 'deletesData' ||
  hazard.type === 'losesObjects' ||
  hazard.type === 'changesData' ||
  hazard.type === 'failsOnRows';
