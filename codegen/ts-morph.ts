import { ownRequire } from '../src/own-require.ts';

type TsMorph = typeof import('ts-morph');

/**
 * ts-morph, loaded when there is something to print, and by `require`: to import it, Node would first search the 13 MB
 * of TypeScript in it for the names of their exports.
 */
export const tsMorph = (): TsMorph => ownRequire()('ts-morph') as TsMorph;
