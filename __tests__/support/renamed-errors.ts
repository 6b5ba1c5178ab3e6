import { ColumnTypeUndefinedError, QueryFailedError, QueryRunnerAlreadyReleasedError, TypeORMError } from 'typeorm';

const classes = [ColumnTypeUndefinedError, QueryFailedError, QueryRunnerAlreadyReleasedError, TypeORMError];

/** Does the work while TypeORM's errors have a name such as a bundler gives their classes. */
export async function whileErrorsAreRenamed(work: () => Promise<void>): Promise<void> {
  const names = classes.map(each => Object.getOwnPropertyDescriptor(each, 'name')!);
  for (const each of classes) Object.defineProperty(each, 'name', { configurable: true, value: 't' });
  try {
    await work();
  } finally {
    for (const [i, each] of classes.entries()) Object.defineProperty(each, 'name', names[i]!);
  }
}
