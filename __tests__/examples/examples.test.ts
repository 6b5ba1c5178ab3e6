import { test } from '@jest/globals';
import { shareOfToday } from '../support/share-of-today.ts';
import { followAppStartup } from './app-startup.ts';
import { followAutogenerateScript } from './autogenerate-script.ts';
import { followCommandLine } from './command-line.ts';

const examples = {
  'command-line': followCommandLine,
  'app-startup': followAppStartup,
  'autogenerate-script': followAutogenerateScript,
};

test.each(shareOfToday(Object.entries(examples)))(
  'examples/%s does what its README says',
  (_, follow) => follow(),
  180_000,
);
