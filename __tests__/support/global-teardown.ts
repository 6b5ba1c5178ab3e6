import { once } from 'node:events';

/** Lets the run's guard do its work and waits for it. */
export default async function globalTeardown(): Promise<void> {
  const guard = globalThis.typeormAlembicRunGuard;
  if (!guard || guard.exitCode !== null) return;
  guard.ref();
  const exited = once(guard, 'exit');
  guard.stdin?.end();
  await exited;
}
