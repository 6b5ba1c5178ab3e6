/** Tests run as ES modules, compiled by swc with decorator metadata, against one native PostgreSQL per run. */
export default {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  testMatch: ['<rootDir>/__tests__/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/fixtures/'],
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/examples/'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        module: { type: 'es6' },
        jsc: {
          target: 'es2022',
          keepClassNames: true,
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
        },
      },
    ],
  },
  moduleNameMapper: {
    '^typeorm-alembic$': '<rootDir>/src/index.ts',
    '^typeorm-alembic/codegen$': '<rootDir>/codegen/index.ts',
    '^typeorm-alembic/testing$': '<rootDir>/src/testing/index.ts',
    '^typeorm-alembic/pglite$': '<rootDir>/src/pglite/index.ts',
  },
  globalSetup: '<rootDir>/__tests__/support/global-setup.ts',
  globalTeardown: '<rootDir>/__tests__/support/global-teardown.ts',
  testSequencer: '<rootDir>/__tests__/support/longest-first.mjs',
  testTimeout: 60_000,
  maxWorkers: 2,
};
