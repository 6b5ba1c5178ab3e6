import { Duplex } from 'node:stream';
import type { PGlite } from '@electric-sql/pglite';

/**
 * What stands for the network between `pg` and a PGlite in this process: the same bytes, handed over as a function call. On
 * hanging up, the transaction is rolled back, as a server does; of a spoilt session, nothing else is kept either.
 */
export class PgliteSocket extends Duplex {
  readonly #database: PGlite;
  #isSpoilt = false;

  constructor(database: PGlite) {
    super();
    this.#database = database;
  }

  spoil(): void {
    this.#isSpoilt = true;
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

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#endSession().then(
      () => done(error),
      () => done(error),
    );
  }

  async #endSession(): Promise<void> {
    if (this.#database.closed) return;
    for (const sql of ['ROLLBACK', ...(this.#isSpoilt ? ['DISCARD ALL'] : [])]) {
      await this.#database.runExclusive(() => this.#database.execProtocolRaw(simpleQuery(sql)));
    }
  }

  async #exchange(message: Buffer): Promise<void> {
    const answer = await this.#answer(message);
    if (answer.length > 0) this.push(answer);
  }

  async #answer(message: Buffer): Promise<Uint8Array> {
    try {
      return await this.#database.runExclusive(() => this.#database.execProtocolRaw(message));
    } catch (error) {
      if (!this.#database.closed && this.#database.ready) throw error;
      throw Object.assign(new Error('the PGlite database was closed', { cause: error }), { code: 'ECONNRESET' });
    }
  }
}

/** https://www.postgresql.org/docs/current/protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-QUERY */
function simpleQuery(sql: string): Buffer {
  const message = Buffer.from(`Q\0\0\0\0${sql}\0`);
  message.writeInt32BE(message.length - 1, 1);
  return message;
}
