import { expect, test } from '@jest/globals';
import { createServer } from 'node:net';
import { DataSource } from 'typeorm';
import { createContext } from '../../src/cli/context.ts';
import { limitConnecting } from '../../src/database/connecting.ts';
import { createRunner } from '../../src/runner/create-runner.ts';
import { withProject as withCommands } from '../cli/project.ts';
import { rejection, table, type TestProject, withProject } from './project.ts';

/** Does the work with the URL of a server that accepts connections and never answers. */
async function withSilentServer(work: (url: string) => Promise<void>): Promise<void> {
  const sockets: { destroy(): void }[] = [];
  const server = createServer(socket => void sockets.push(socket));
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  try {
    await work(`postgres://me:secret@127.0.0.1:${(server.address() as { port: number }).port}/app`);
  } finally {
    for (const socket of sockets) socket.destroy();
    await new Promise(resolve => server.close(resolve));
  }
}

const onSilentServer = (work: (url: string, project: TestProject) => Promise<void>) => () =>
  withSilentServer(url =>
    withProject(async project => {
      await project.write(table('a1'));
      await work(url, project);
    }),
  );

function runnerOf(dataSource: DataSource, { directory }: TestProject) {
  const said: string[] = [];
  const say = (line: string) => void said.push(line);
  const runner = createRunner(dataSource, { versionLocations: [directory] }, { logger: { info: say, warn: say } });
  return { runner, said };
}

test(
  'connecting to a server that never answers is told of, with what limits it',
  onSilentServer(async (url, project) => {
    const { runner, said } = runnerOf(new DataSource({ type: 'postgres', url }), project);
    const ending = new AbortController();
    const calls = [runner.upgrade('heads', { signal: ending.signal }), runner.status({ signal: ending.signal })];
    const ended = Promise.all(calls.map(rejection));
    while (said.length < 2) await new Promise(resolve => setTimeout(resolve, 100));
    const line = new RegExp(
      `^Connecting to database "app" at ${new URL(url).host} as user "me" for \\d[.\\d]* s: no answer yet; .* set connectTimeoutMS`,
    );
    expect(said).toEqual([expect.stringMatching(line), expect.stringMatching(line)]);
    ending.abort();
    expect(await ended).toMatchObject([{ name: 'AbortError' }, { name: 'AbortError' }]);
  }),
);

test(
  'a limit of ours ends it where the DataSource has none, and never one of the DataSource',
  onSilentServer(async (url, project) => {
    const own = [{ connectTimeoutMS: 300 }, { extra: { connectionTimeoutMillis: 300 } }];
    for (const [options, limit] of [[{}, 300], ...own.map(each => [each, 600_000])] as [object, number][]) {
      const dataSource = new DataSource({ type: 'postgres', url, ...options });
      limitConnecting(dataSource, limit);
      const error = await rejection(runnerOf(dataSource, project).runner.current());
      expect(error).toMatchObject({ name: 'ConnectionError', target: { database: 'app' } });
      expect(error.message).toMatch(/no answer came in time; .* raise connectTimeoutMS/);
    }
  }),
);

const configuration = (more: string) => ({
  'ormconfig.mjs': `import { DataSource } from 'typeorm';
    export default new DataSource({ type: 'postgres', url: 'postgres://me@localhost/app', entities: []${more} });`,
});

test.each([
  ['', 30_000],
  [', connectTimeoutMS: 7', 7],
  [', connectTimeoutMS: 0', 0],
  [', extra: { connectionTimeoutMillis: 8 }', undefined],
  [", driver: { [Symbol.for('typeorm-alembic.pglite')]: 'a PGlite' }", undefined],
])('the command line limits it: a DataSource with %s', (more, limit) =>
  withCommands(configuration(more), async ({ directory }) => {
    const output = { write: () => {} } as never;
    const world = { directory, environment: {}, stdout: output, stderr: output };
    const { dataSource } = await createContext({} as never, world).project();
    expect((dataSource.driver.options as { connectTimeoutMS?: number }).connectTimeoutMS).toBe(limit);
    expect((dataSource.options as { connectTimeoutMS?: number }).connectTimeoutMS).toBe(
      more.includes('connectTimeoutMS') ? limit : undefined,
    );
  }),
);
