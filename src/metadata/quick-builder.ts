import { sep } from 'node:path';
import { ownRequire } from '../own-require.ts';

/**
 * As TypeORM builds metadata, it looks through all entities for each entity (which of them are its subclasses?) and for
 * each column (is one of them a child in its table that declares it?): with some thousands of entities, most of the time
 * goes by there. While `work` runs, it looks only where there are subclasses, and through such children; the answers are
 * the same. Where its builder is not found, as in a bundle, nothing is changed.
 */
export async function withQuickBuilder<Result>(work: () => Promise<Result>): Promise<Result> {
  const restorations = loadedBuilders().map(quicken);
  try {
    return await work();
  } finally {
    for (const restore of restorations) restore();
  }
}

type Class = abstract new (...given: never[]) => object;

interface Entity {
  readonly target: unknown;
  readonly tableType: string;
}

/** What is protected in TypeORM's own `EntityMetadataBuilder`. */
interface Builder {
  readonly metadataArgsStorage: { readonly tables: readonly { readonly target: unknown }[] };
  build(classes?: readonly Class[]): unknown;
  computeEntityMetadataStep1(all: readonly Entity[], one: Entity): void;
}

interface Loaded {
  readonly builder: Builder;
  readonly utils: { isInherited(child: Class, parent: Class): boolean };
}

/** Of every copy of TypeORM that is loaded. */
function loadedBuilders(): readonly Loaded[] {
  const folder = `${sep}metadata-builder${sep}`;
  const { cache } = ownRequire();
  return Object.keys(cache).flatMap(file => {
    if (!file.endsWith(`${folder}EntityMetadataBuilder.js`)) return [];
    const exportsOf = (name: string): any => cache[file.replace('EntityMetadataBuilder', name)]?.exports;
    const builder = exportsOf('EntityMetadataBuilder')?.EntityMetadataBuilder?.prototype;
    const utils = exportsOf('MetadataUtils')?.MetadataUtils;
    return builder?.build && builder.computeEntityMetadataStep1 && utils?.isInherited ? [{ builder, utils }] : [];
  });
}

function quicken({ builder, utils }: Loaded): () => void {
  const { build, computeEntityMetadataStep1 } = builder;
  const { isInherited } = utils;
  builder.build = function (this: Builder, classes) {
    const parents = parentsAmong(this.metadataArgsStorage.tables.map(({ target }) => target));
    let children: readonly Entity[] | undefined;
    utils.isInherited = (child, parent) => parents.has(parent) && isInherited(child, parent);
    this.computeEntityMetadataStep1 = (all, one) => {
      children ??= all.filter(({ tableType }) => tableType === 'entity-child');
      computeEntityMetadataStep1.call(this, children, one);
    };
    try {
      return build.call(this, classes);
    } finally {
      utils.isInherited = isInherited;
    }
  };
  return () => {
    builder.build = build;
  };
}

/** Those that others of them inherit from. */
function parentsAmong(targets: readonly unknown[]): ReadonlySet<Class> {
  const classes = targets.filter((target): target is Class => typeof target === 'function');
  const inherited = new Set<unknown>();
  for (const { prototype } of classes) {
    let above: unknown = Object.getPrototypeOf(prototype);
    while (above !== null && !inherited.has(above)) {
      inherited.add(above);
      above = Object.getPrototypeOf(above);
    }
  }
  return new Set(classes.filter(({ prototype }) => inherited.has(prototype)));
}
