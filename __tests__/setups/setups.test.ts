import { describe, test } from '@jest/globals';
import { installedSetups } from './installed.ts';
import { offlineSetups } from './offline.ts';
import { tryOut } from './setup.ts';
import { shareOfToday } from '../support/share-of-today.ts';

/** `npm run setups` tries those out, too, that install packages of their own. */
const setups = { ...offlineSetups, ...(process.env['SETUPS'] === 'all' && installedSetups) };

describe('a project from an empty folder, with the packed library', () => {
  test.each(shareOfToday(Object.entries(setups)))('%s', tryOut, 600_000);
});
