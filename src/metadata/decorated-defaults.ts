/** A column as TypeORM remembers its decorator. */
interface DecoratedColumn {
  readonly options: { default?: unknown };
}

/**
 * The defaults of columns as their decorators gave them. As TypeORM builds metadata, it writes those that a subclass
 * gives to inherited columns into the columns of the parent, where the next to build metadata would find them.
 */
export class DecoratedDefaults {
  readonly #defaults = new Map<DecoratedColumn, unknown>();

  remember(columns: readonly DecoratedColumn[]): void {
    for (const column of columns) {
      if (!this.#defaults.has(column)) this.#defaults.set(column, column.options.default);
    }
  }

  restore(): void {
    for (const [{ options }, value] of this.#defaults) if (options.default !== value) options.default = value;
  }
}
