import { ownRequire } from '../src/own-require.ts';
import { explained } from '../src/unexpected-error.ts';

type TsMorph = typeof import('ts-morph');

/**
 * ts-morph, loaded when there is something to print, and by `require`: to import it, Node would first search the 13 MB
 * of TypeScript in it for the names of their exports.
 * @throws MissingPackageError
 */
export function tsMorph(): TsMorph {
  try {
    return ownRequire()('ts-morph') as TsMorph;
  } catch (error) {
    throw explained(error);
  }
}
