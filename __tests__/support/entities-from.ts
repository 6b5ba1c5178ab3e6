import { createRequire } from 'node:module';
import { transformSync } from '@swc/core';
import type { EntitySchema } from 'typeorm';
import 'reflect-metadata';

export type EntityClass = (new () => any) | EntitySchema<any>;

const requireHere = createRequire(import.meta.url);

/**
 * The entity classes (and EntitySchemas) that this TypeScript source exports, by name. Decorators and
 * their metadata work as they do for the project's users; a class used before it is declared needs `Relation<…>`.
 */
export function entitiesFrom(source: string): readonly EntityClass[] {
  return Object.values(moduleFrom(source)).filter(isEntity);
}

/** Everything the source exports, by name. Its imports are resolved from the tests' own folder. */
export function moduleFrom(source: string): Record<string, any> {
  const module = { exports: {} };
  const evaluate = new Function('require', 'module', 'exports', compile(source));
  evaluate(requireHere, module, module.exports);
  return module.exports;
}

function compile(source: string): string {
  return transformSync(source, {
    filename: 'entities.ts',
    sourceMaps: false,
    module: { type: 'commonjs' },
    jsc: {
      target: 'es2022',
      keepClassNames: true,
      parser: { syntax: 'typescript', decorators: true },
      transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
    },
  }).code;
}

function isEntity(value: unknown): value is EntityClass {
  if (typeof value === 'function') return true;
  return typeof value === 'object' && value !== null && '@instanceof' in value;
}
