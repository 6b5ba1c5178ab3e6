import { expect, test } from '@jest/globals';
import { RevisionGraph } from 'typeorm-alembic';
import { MalformedRevisionError } from '../../src/revisions/errors.ts';
import { MalformedRevisionFileError } from '../../src/scripts/revision-file.ts';
import { readRevisionModules } from '../../src/scripts/revision-modules.ts';

const whole = {
  revision: 'a1',
  downRevision: null,
  branchLabels: [],
  dependsOn: [],
  transactional: true,
  message: 'first',
  upgrade: () => undefined,
  downgrade: () => undefined,
};

const revoked = <Target extends object>(target: Target): Target => {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
};

const throwing = (key: string): object =>
  Object.defineProperty({ ...whole }, key, {
    enumerable: true,
    get() {
      throw new Error('boom');
    },
  });

const read = (module: object) => readRevisionModules([module as never], {});

test('a revision module that cannot be read is named', async () => {
  expect(await read(whole)).toMatchObject([{ revision: 'a1', path: 'revisions[0]' }]);
  const modules = [
    ...Object.keys(whole).map(throwing),
    ...Object.keys(whole).map(key => ({ default: throwing(key) })),
    ...['downRevision', 'branchLabels', 'dependsOn'].flatMap(key =>
      [revoked([]), revoked({}), new Array(1), Object.assign(new Array(2), ['a'])].map(value => ({
        ...whole,
        [key]: value,
      })),
    ),
    revoked({}),
    revoked([]),
    revoked(() => whole),
    () => throwing('revision'),
    () => revoked({}),
  ];
  for (const module of modules) {
    const error: unknown = await read(module).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(MalformedRevisionFileError);
    expect((error as Error).message).toMatch(/^revisions\[0\] (cannot be (read|loaded)|is )[^\n]+\.$/);
  }
});

test('so is a header of a graph', () => {
  for (const header of [
    throwing('revision'),
    throwing('dependsOn'),
    revoked({}),
    { ...whole, branchLabels: new Array(1) },
  ])
    expect(() => new RevisionGraph([header as typeof whole])).toThrow(MalformedRevisionError);
});
