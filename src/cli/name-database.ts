import type { Context } from './context.ts';

/**
 * Says on standard error, once and before anything else, which database a command works on. Throws UnnamedServerError where
 * nothing says which it is.
 */
export async function nameDatabase({ project, logger }: Pick<Context, 'project' | 'logger'>): Promise<void> {
  const [{ describeDatabase }, { assertServerNamed }] = await Promise.all([
    import('../database/connection-target.ts'),
    import('../database/unnamed-server.ts'),
  ]);
  const { dataSource } = await project();
  assertServerNamed(dataSource);
  logger.info(`Using ${describeDatabase(dataSource.options)}`);
}
