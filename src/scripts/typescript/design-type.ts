import { dirname } from 'node:path';
import { getTsconfig } from 'get-tsconfig';
import type { Project } from 'ts-morph';
import { ownRequire } from '../../own-require.ts';

/**
 * The constructor that tsc writes as the type of a decorated property, such as String for an alias of a union of strings
 * that another file declares; undefined where it is none that every program knows. Slow (seconds for the first property
 * of a project): it is asked only for columns whose type neither their decorator nor a value tells.
 * @param owner the name of the class, as compiled
 */
export function designTypeOf(file: string, owner: string, property: string): unknown {
  const name = typesIn(file).get(`${owner}.${property}`);
  return name !== undefined && known.has(name) ? (globalThis as Record<string, unknown>)[name] : undefined;
}

const known = new Set(['String', 'Number', 'Boolean', 'BigInt', 'Array', 'Date', 'Function', 'Symbol', 'Promise']);

const typesByFile = new Map<string, ReadonlyMap<string, string>>();

function typesIn(file: string): ReadonlyMap<string, string> {
  const found = typesByFile.get(file) ?? typesEmitted(compiledByProgram(file));
  typesByFile.set(file, found);
  return found;
}

const emittedType =
  /__metadata\("design:type", (\w+)\)(?:,\s*__metadata\("design:\w+", [^\n]*\))*\s*\], ([\w$]+)\.prototype, "((?:[^"\\\n]|\\.)*)"/g;

const typesEmitted = (code: string): ReadonlyMap<string, string> =>
  new Map([...code.matchAll(emittedType)].map(([, type, owner, property]) => [`${owner}.${property}`, type!]));

/** Entities import each other, so that one project, by its tsconfig.json, is asked for all of them. */
const projects = new Map<string, Project>();

function compiledByProgram(file: string): string {
  const tsConfig = getTsconfig(dirname(file))?.path ?? '';
  const project = projects.get(tsConfig) ?? projectOf(tsConfig);
  projects.set(tsConfig, project);
  const [output] = project.addSourceFileAtPath(file).getEmitOutput().getOutputFiles();
  return output?.getText() ?? '';
}

/** The options of the project's own that decide what a type is, with those that decide what is written. */
function projectOf(tsConfig: string): Project {
  const { Project, ts } = ownRequire()('ts-morph') as typeof import('ts-morph');
  return new Project({
    ...(tsConfig && { tsConfigFilePath: tsConfig, skipAddingFilesFromTsConfig: true }),
    compilerOptions: {
      target: ts.ScriptTarget.ES2022,
      ...(!tsConfig && { module: ts.ModuleKind.Preserve }),
      experimentalDecorators: true,
      emitDecoratorMetadata: true,
      importHelpers: false,
      isolatedModules: false,
      noEmit: false,
      noEmitOnError: false,
      emitDeclarationOnly: false,
      allowImportingTsExtensions: false,
      declaration: false,
      composite: false,
      incremental: false,
      sourceMap: false,
      types: [],
    },
  });
}
