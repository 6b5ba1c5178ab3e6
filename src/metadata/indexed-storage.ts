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
  const defaults = new DecoratedDefaults();
  const excerpt = new Excerpt(storage, name => {
    if (name === 'columns') defaults.remember(storage[name] as DecoratedColumns);
  });
  const questions = Object.getOwnPropertyNames(Object.getPrototypeOf(storage)).filter(isQuestion);
  for (const name of questions) {
    const method = storage[name] as Question;
    storage[name] = (target: Target, ...rest: unknown[]) => method.call(excerpt.about(target), target, ...rest);
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
type DecoratedColumns = Parameters<DecoratedDefaults['remember']>[0];

/** Those that look for equal classes; `filterSingleTableChildren` looks for subclasses. */
const isQuestion = (name: string): boolean =>
  /^(filter|find)[A-Z]/.test(name) && !name.startsWith('filterBy') && name !== 'filterSingleTableChildren';

/** What a store of decorators holds about one class, or about a line of classes that inherit from one another. */
class Excerpt {
  readonly #storage: Storage;
  #target: Target;

  constructor(storage: Storage, onGrowth: (name: string) => void) {
    this.#storage = Object.create(storage) as Storage;
    for (const [name, list] of Object.entries(storage)) {
      if (!Array.isArray(list)) continue;
      let index: DecoratorIndex | undefined;
      const get = () => {
        // Files of entities are loaded while metadata is being built: their decorators come in between.
        if (index?.size !== list.length) {
          index = new DecoratorIndex(list);
          onGrowth(name);
        }
        return index.about(this.#target);
      };
      Object.defineProperty(this.#storage, name, { get });
    }
  }

  /** The store as it is for the class, until it is asked about another one. */
  about(target: Target): Storage {
    this.#target = target;
    return this.#storage;
  }
}

interface Decorator {
  readonly target: Target;
}

/** A list of decorators by class. */
class DecoratorIndex {
  readonly size: number;
  readonly #byTarget = new Map<Target, Decorator[]>();
  readonly #positions = new Map<Decorator, number>();

  constructor(list: readonly Decorator[]) {
    this.size = list.length;
    for (const [position, decorator] of list.entries()) {
      this.#positions.set(decorator, position);
      const group = this.#byTarget.get(decorator.target);
      if (group) group.push(decorator);
      else this.#byTarget.set(decorator.target, [decorator]);
    }
  }

  /** In the order of the whole list, which decides the order of columns. */
  about(target: Target): readonly Decorator[] {
    if (!Array.isArray(target)) return this.#byTarget.get(target) ?? [];
    const groups = [...new Set(target)]
      .flatMap(each => [this.#byTarget.get(each) ?? []])
      .filter(({ length }) => length);
    if (groups.length < 2) return groups[0] ?? [];
    return groups.flat().sort((a, b) => this.#positions.get(a)! - this.#positions.get(b)!);
  }
}
