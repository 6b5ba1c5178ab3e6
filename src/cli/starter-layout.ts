/** Where a project's first files go, and what they hold. */
export interface Layout {
  readonly config: string;
  readonly entities: EntityPlace;
  /** The path of the example of an entity, and its source. */
  readonly entity: string;
  readonly example: string;
  readonly tsconfig?: string;
  /** The configuration's source. */
  source(versionLocation: string): string;
}

/** Where entities are looked for: files below a folder with such names. */
export interface EntityPlace {
  readonly folder: string;
  readonly names: RegExp;
}

export const directoryNote =
  '// Relative paths are relative to this folder, also where the application was compiled to another one.';
