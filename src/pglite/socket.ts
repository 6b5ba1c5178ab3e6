import { Duplex } from 'node:stream';
import type { PGlite } from '@electric-sql/pglite';

/** What stands for the network between `pg` and a PGlite in this process: the same bytes, handed over as a function call. */
export class PgliteSocket extends Duplex {
  readonly #database: PGlite;

  constructor(database: PGlite) {
    super();
    this.#database = database;
  }

  /** PGlite has no port to reach: `pg` is told at once that it has been. */
  connect(): this {
    queueMicrotask(() => this.emit('connect'));
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#exchange(chunk).then(() => done(), done);
  }

  override _writev(chunks: readonly { chunk: Buffer }[], done: (error?: Error | null) => void): void {
    this.#exchange(Buffer.concat(chunks.map(({ chunk }) => chunk))).then(() => done(), done);
  }

  override _final(done: () => void): void {
    this.push(null);
    done();
  }

  async #exchange(message: Buffer): Promise<void> {
    const answer = await this.#database.runExclusive(() => this.#database.execProtocolRaw(message));
    if (answer.length > 0) this.push(answer);
  }
}
