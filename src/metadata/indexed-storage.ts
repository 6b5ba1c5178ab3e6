/**
 * TypeORM asks for the decorators of one class by looking through those of all classes, so that building metadata takes
 * four times as long for twice the entities. While `work` runs, its store of decorators answers the same questions from
 * lists by class: each of its own methods is asked, and sees only what concerns the class in question.
 */
export async function withIndexedStorage<Result>(work: () => Promise<Result>): Promise<Result> {
  const storage = (globalThis as { typeormMetadataArgsStorage?: Storage }).typeormMetadataArgsStorage;
  if (!storage || 'filterColumns' in ownMethods(storage)) return work();
  const excerpts = new Excerpts(storage);
  const questions = Object.getOwnPropertyNames(Object.getPrototypeOf(storage)).filter(isQuestion);
  for (const name of questions) {
    const method = storage[name] as Question;
    storage[name] = (target: Target, ...rest: unknown[]) => method.call(excerpts.of(target), target, ...rest);
  }
  try {
    return await work();
  } finally {
    for (const name of questions) delete storage[name];
  }
}

type Storage = Record<string, unknown>;
type Target = unknown;
type Question = (this: Storage, target: Target, ...rest: unknown[]) => unknown;

const ownMethods = (storage: Storage) => Object.fromEntries(Object.keys(storage).map(name => [name, true]));

/** Those that look for equal classes; `filterSingleTableChildren` looks for subclasses. */
const isQuestion = (name: string): boolean =>
  /^(filter|find)[A-Z]/.test(name) && !name.startsWith('filterBy') && name !== 'filterSingleTableChildren';

/** What a store of decorators holds about one class, or about a line of classes that inherit from one another. */
class Excerpts {
  readonly #storage: Storage;
  readonly #byTarget = new Map<string, ReadonlyMap<Target, readonly Entry[]>>();
  readonly #known = new Map<Target, Storage>();

  constructor(storage: Storage) {
    this.#storage = storage;
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
