import type { Command } from './command.ts';
import { adopt } from './commands/adopt.ts';
import { branches } from './commands/branches.ts';
import { check } from './commands/check.ts';
import { current } from './commands/current.ts';
import { doctor } from './commands/doctor.ts';
import { downgrade } from './commands/downgrade.ts';
import { edit } from './commands/edit.ts';
import { ensureVersion } from './commands/ensure-version.ts';
import { heads } from './commands/heads.ts';
import { history } from './commands/history.ts';
import { init } from './commands/init.ts';
import { merge } from './commands/merge.ts';
import { revision } from './commands/revision.ts';
import { show } from './commands/show.ts';
import { stamp } from './commands/stamp.ts';
import { upgrade } from './commands/upgrade.ts';

/** All commands, in the order one comes to need them. */
export const commands: readonly Command[] = [
  init,
  revision,
  upgrade,
  downgrade,
  current,
  history,
  heads,
  branches,
  show,
  edit,
  merge,
  stamp,
  adopt,
  check,
  ensureVersion,
  doctor,
];
