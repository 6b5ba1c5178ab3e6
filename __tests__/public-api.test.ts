import { expect, test } from '@jest/globals';
import * as library from 'typeorm-alembic';
import * as codegen from 'typeorm-alembic/codegen';

test('the library exports what its users hold, by name', () => {
  expect(Object.keys(library).sort()).toMatchSnapshot();
});

test('codegen exports what a script needs', () => {
  expect(Object.keys(codegen).sort()).toMatchSnapshot();
});

test('every error is a MigrationError that says its own name', () => {
  const errors = Object.entries(library).filter(
    ([name, value]) => name.endsWith('Error') && typeof value === 'function',
  );
  expect(errors.length).toBeGreaterThan(40);
  for (const [name, error] of errors) {
    expect(error as object).toHaveProperty('prototype');
    const { prototype } = error as { prototype: unknown };
    expect([name, name === 'MigrationError' || prototype instanceof library.MigrationError]).toEqual([name, true]);
  }
});
