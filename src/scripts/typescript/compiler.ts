import type { ModuleFormat } from '../module-format.ts';
import type { ProjectSettings } from './project-settings.ts';

/** TypeScript in, JavaScript of the given format out, with an inline source map. Throws where the source is no TypeScript. */
export type Compiler = (source: string, file: string, format: ModuleFormat, settings: ProjectSettings) => string;
