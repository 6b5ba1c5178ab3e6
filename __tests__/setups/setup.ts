import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from '@jest/globals';
import { testRun, withDatabase } from '../support/index.ts';
import { packedTarball } from '../examples/packed.ts';
import { projectIn } from '../examples/consumer.ts';
import { runShell } from '../examples/shell.ts';

/** A way to set up a project, beginning with an empty folder. */
export interface Setup {
  /** What is installed beside the packed library; a project without a list uses one that is shared, and offline. */
  readonly install?: readonly string[];
  readonly files: Readonly<Record<string, string>>;
  /** What is typed. Whatever fails ends it. */
  readonly lines: string;
}

/** The id of the one revision that each of them writes, applies and finds to be at the head. */
export const revisionId = '1a2b3c4d5e6f';

export const generate = `typeorm-alembic revision --autogenerate -m "create customers" --rev-id ${revisionId}`;

/** Types it all, and looks at the database: the revision was applied, and nothing differs. */
export async function tryOut(name: string, setup: Setup): Promise<void> {
  const directory = setup.install ? emptyFolder(name, setup.files) : await projectIn(name, setup.files);
  await withDatabase(async database => {
    const { PATH = '' } = process.env;
    const { root } = testRun();
    const shared = [
      path.join(path.dirname(directory), 'node_modules', '.bin'),
      path.join(root, 'node_modules', '.bin'),
    ];
    const env = {
      DATABASE_URL: database.url,
      TYPE_ROOTS: path.join(root, 'node_modules', '@types'),
      PATH: [path.join(directory, 'node_modules', '.bin'), ...(setup.install ? [] : shared), PATH].join(path.delimiter),
    };
    const installing = setup.install ? `npm install ${[await packedTarball(), ...setup.install].join(' ')}\n` : '';
    const { exitCode, output } = await runShell(installing + setup.lines, { cwd: directory, env });
    expect({ exitCode, output: exitCode === 0 ? '' : output }).toEqual({ exitCode: 0, output: '' });
    expect(await database.query('SELECT version_num FROM alembic_version')).toEqual([{ version_num: revisionId }]);
    expect(await database.query('SELECT email FROM customer')).toEqual([]);
  });
}

function emptyFolder(name: string, files: Readonly<Record<string, string>>): string {
  const directory = mkdtempSync(path.join(testRun().directory, `${name.replaceAll(/\W+/g, '-')}-`));
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(directory, file)), { recursive: true });
    writeFileSync(path.join(directory, file), text);
  }
  return directory;
}
