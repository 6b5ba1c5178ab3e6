import { DecoratedDefaults } from './decorated-defaults.ts';

/**
 * TypeORM asks for the decorators of one class by looking through those of all classes, so that building metadata takes
 * four times as long for twice the entities. While `work` runs, its store of decorators answers the same questions from
 * lists by class: each of its own methods is asked, and sees only what concerns the class in question. Afterwards the
 * store is as it was, also where TypeORM wrote into it.
 */
export async function withIndexedStorage<Result>(work: () => Promise<Result>): Promise<Result> {
  const storage = (globalThis as { typeormMetadataArgsStorage?: Storage }).typeormMetadataArgsStorage;
  if (!storage || Object.hasOwn(storage, 'filterColumns')) return work();
  let excerpts: Excerpts | undefined;
  const defaults = new DecoratedDefaults();
  const questions = Object.getOwnPropertyNames(Object.getPrototypeOf(storage)).filter(isQuestion);
  for (const name of questions) {
    const method = storage[name] as Question;
    storage[name] = (target: Target, ...rest: unknown[]) => {
      // Files of entities are loaded while metadata is being built: their decorators come in between.
      if (!excerpts?.areAllOf(storage)) {
        excerpts = new Excerpts(storage);
        defaults.remember(storage['columns'] as Parameters<DecoratedDefaults['remember']>[0]);
      }
      return method.call(excerpts.of(target), target, ...rest);
    };
  }
  try {
    return await work();
  } finally {
    for (const name of questions) delete storage[name];
    defaults.restore();
  }
}

type Storage = Record<string, unknown>;
type Target = unknown;
type Question = (this: Storage, target: Target, ...rest: unknown[]) => unknown;

/** Those that look for equal classes; `filterSingleTableChildren` looks for subclasses. */
const isQuestion = (name: string): boolean =>
  /^(filter|find)[A-Z]/.test(name) && !name.startsWith('filterBy') && name !== 'filterSingleTableChildren';

/** What a store of decorators holds about one class, or about a line of classes that inherit from one another. */
class Excerpts {
  readonly #storage: Storage;
  readonly #byTarget = new Map<string, ReadonlyMap<Target, readonly Entry[]>>();
  readonly #known = new Map<Target, Storage>();
  readonly #size: number;

  constructor(storage: Storage) {
    this.#storage = storage;
    this.#size = sizeOf(storage);
  }

  /** False where the store has grown since. */
  areAllOf(storage: Storage): boolean {
    return sizeOf(storage) === this.#size;
  }

  of(target: Target): Storage {
    const known = this.#known.get(target);
    if (known) return known;
    const excerpt = Object.create(this.#storage) as Storage;
    for (const [name, list] of Object.entries(this.#storage)) {
      if (Array.isArray(list)) excerpt[name] = this.#about(name, list, target);
    }
    if (!Array.isArray(target)) this.#known.set(target, excerpt);
    return excerpt;
  }

  /** In the order of the whole list, which decides the order of columns. */
  #about(name: string, list: readonly { readonly target: Target }[], target: Target): unknown[] {
    const byTarget = this.#byTarget.get(name) ?? grouped(list);
    this.#byTarget.set(name, byTarget);
    const targets: readonly Target[] = Array.isArray(target) ? [...new Set(target)] : [target];
    const found = targets.flatMap(each => byTarget.get(each) ?? []);
    if (targets.length > 1) found.sort((a, b) => a.position - b.position);
    return found.map(({ item }) => item);
  }
}

const sizeOf = (storage: Storage): number =>
  Object.values(storage).reduce<number>((size, list) => size + (Array.isArray(list) ? list.length : 0), 0);

interface Entry {
  readonly item: unknown;
  readonly position: number;
}

function grouped(list: readonly { readonly target: Target }[]): ReadonlyMap<Target, readonly Entry[]> {
  const groups = new Map<Target, Entry[]>();
  list.forEach((item, position) => {
    const group = groups.get(item.target);
    if (group) group.push({ item, position });
    else groups.set(item.target, [{ item, position }]);
  });
  return groups;
}
