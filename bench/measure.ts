import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Server } from './server.ts';

/** A Node program to measure. */
export interface Program {
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** What must be done before each run, and is not measured. */
  before?(): Promise<void>;
  /** Throws where the program did not do what it is measured for. */
  verify?(run: Run): void;
}

/** What one run of a program used and said. */
export interface Run {
  /** Seconds of the process itself, user and system. */
  readonly cpu: number;
  /** Seconds of its sessions in the server. */
  readonly server: number;
  /** Seconds from start to end. */
  readonly wall: number;
  /** The most that was ever resident, in MB. */
  readonly memory: number;
  /** The CommonJS modules that were loaded. */
  readonly modules: readonly string[];
  readonly stdout: string;
}

/** Medians of several runs, but for the wall time, of which the best counts. */
export type Cost = Pick<Run, 'cpu' | 'server' | 'wall' | 'memory'>;

/** Runs programs in turn, so that whatever else the machine is doing costs all of them alike. */
export async function measure<Name extends string>(
  programs: Readonly<Record<Name, Program>>,
  server: Server,
  runs: number,
): Promise<Record<Name, readonly Run[]>> {
  const names = Object.keys(programs) as Name[];
  const results = Object.fromEntries(names.map(name => [name, [] as Run[]])) as Record<Name, Run[]>;
  for (let i = 0; i < runs; i++) {
    for (const name of names) results[name].push(await run(programs[name], server));
  }
  return results;
}

export const costOf = (runs: readonly Run[]): Cost => ({
  cpu: median(runs.map(({ cpu }) => cpu)),
  server: median(runs.map(({ server }) => server)),
  wall: Math.min(...runs.map(({ wall }) => wall)),
  memory: median(runs.map(({ memory }) => memory)),
});

export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

async function run(program: Program, server: Server): Promise<Run> {
  await program.before?.();
  const probe = path.join(tmpdir(), `typeorm-alembic-probe-${process.pid}.json`);
  const serverBefore = await server.cpuSeconds();
  const started = performance.now();
  const stdout = await outputOf(program, probe);
  const wall = (performance.now() - started) / 1000;
  const serverAfter = await server.cpuSeconds();
  const measured: Run = {
    ...(JSON.parse(readFileSync(probe, 'utf8')) as Pick<Run, 'cpu' | 'memory' | 'modules'>),
    wall,
    server: (serverAfter ?? NaN) - (serverBefore ?? NaN),
    stdout,
  };
  program.verify?.(measured);
  return measured;
}

const probeModule = path.resolve('bench', 'probe.cjs');

function outputOf({ args, cwd, env }: Program, probe: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--require', probeModule, ...args], {
      cwd,
      // Certificates of the machine's own, which Node reads at its start, belong to neither program.
      env: { ...process.env, NODE_EXTRA_CA_CERTS: undefined, NO_COLOR: '1', ...env, BENCH_PROBE: probe },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.once('error', reject);
    child.once('close', code => {
      if (code === 0) resolve(stdout);
      else reject(new Error(`${args.join(' ')} ended with code ${code}:\n${(stdout + stderr).slice(0, 2000)}`));
    });
  });
}
