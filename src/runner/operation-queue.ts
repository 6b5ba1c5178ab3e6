import { MigrationError } from '../errors.ts';
import { BackgroundWork } from './background-work.ts';
import { excerpt } from '../sql/excerpt.ts';

/** A function was over while something that it asked of the database was not. */
export class UnawaitedOperationError extends MigrationError {
  override readonly name = 'UnawaitedOperationError';
  /** The methods that were called. */
  readonly operations: readonly string[];

  constructor(calls: readonly Call[], object: string) {
    const described = calls.map(call => describeCall(call, object)).join(', ');
    super(
      `${described} ${calls.length === 1 ? 'was' : 'were'} not awaited: write \`await\` before each such call, and ` +
        '`for (const … of …)` in place of forEach(async …)',
    );
    this.operations = calls.map(({ name }) => name);
  }
}

/** `op` was used when its revision was over: nothing was sent. */
export class OperationAfterEndError extends MigrationError {
  override readonly name = 'OperationAfterEndError';
  readonly operation: string;

  constructor(call: Call, { object, work }: Owner) {
    super(
      `${describeCall(call, object)} was called after ${work} had ended, and was not run: write \`await\` before each ` +
        'such call, and keep what a function is given for that function.',
    );
    this.operation = call.name;
  }
}

/** Who is given the methods, and under which name. */
interface Owner {
  /** `op` */
  readonly object: string;
  /** `the upgrade of 3f2a9c1b7d44` */
  readonly work: string;
}

/** A call of one of the methods. */
interface Call {
  readonly name: string;
  readonly args: readonly unknown[];
}

/** `op.execute("INSERT …")`, `op.createTable("ticket")` */
function describeCall({ name, args: [first] }: Call, object: string): string {
  const { name: named, table } = (first ?? {}) as { readonly name?: unknown; readonly table?: unknown };
  const subject = typeof first === 'string' ? first : (named ?? table);
  return `${object}.${name}(${typeof subject === 'string' ? excerpt(subject) : ''})`;
}

/** A promise that knows whether anybody waits for it. */
class OperationPromise<Result> extends Promise<Result> {
  isAwaited = false;

  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  override then<Done = Result, Failed = never>(
    done?: ((value: Result) => Done | PromiseLike<Done>) | null,
    failed?: ((reason: unknown) => Failed | PromiseLike<Failed>) | null,
  ): Promise<Done | Failed> {
    this.isAwaited = true;
    return super.then(done, failed);
  }

  /** So that one that nobody waits for does not end the process: its failure is told otherwise. */
  hush(): this {
    super.then(undefined, () => {});
    return this;
  }
}

/**
 * Carries out what a function asks for one after another, also where it does not wait for each: one connection can do no
 * other. When the function is over, every further call is an error.
 */
export class OperationQueue {
  readonly #owner: Owner;
  readonly #background = new BackgroundWork();
  /** Calls that have not ended. */
  readonly #waiting: Call[] = [];
  readonly #failed: { readonly promise: OperationPromise<unknown>; readonly error: unknown }[] = [];
  /** Calls that came after the end. */
  readonly #late: Call[] = [];
  #last: Promise<void> = Promise.resolve();
  #state: 'open' | 'over' | 'failed' | 'committed' = 'open';
  #lastEnd = performance.now();

  constructor(owner: Owner) {
    this.#owner = owner;
  }

  /** The object with its methods queued. */
  wrap<Methods extends object>(methods: Methods): Methods {
    const wrapped = Object.entries(methods).map(([name, member]: [string, unknown]) => [
      name,
      typeof member === 'function'
        ? (...args: unknown[]) => this.#enqueue({ name, args }, () => member(...args))
        : member,
    ]);
    return Object.fromEntries(wrapped) as Methods;
  }

  /**
   * Runs a function that must wait for each of its calls, and then waits for what it began without waiting.
   * @returns false where something of that goes on and on
   * @throws UnawaitedOperationError, and whatever the function throws, or a call that nobody waited for
   */
  async run(work: () => unknown): Promise<boolean> {
    const afterwards = async () => {
      this.#throwUnheard();
      const isSettled = await this.#background.settle(() => this.#late.length > 0);
      this.#throwLate();
      return isSettled;
    };
    try {
      return await this.#background.follow(() => this.#runOpen(work), afterwards);
    } catch (error) {
      this.#state = 'failed';
      throw error;
    }
  }

  /** Milliseconds since the last call ended; 0 while one is carried out. */
  idleMilliseconds(): number {
    return this.#waiting.length > 0 ? 0 : performance.now() - this.#lastEnd;
  }

  /** Runs a function that need not wait for its calls: whatever it goes on to ask for is carried out. */
  async runPatiently(work: () => unknown): Promise<void> {
    try {
      await this.#background.follow(
        async () => work(),
        () => this.#background.settle(() => this.#failed.length > 0),
      );
    } finally {
      this.#state = 'over';
      await this.#last;
    }
    this.#throwUnheard();
  }

  /**
   * To be asked before what was done is committed. From then on, a call that comes too late is an error of its own.
   * @throws UnawaitedOperationError
   */
  assertOver(): void {
    this.#throwLate();
    this.#state = 'committed';
  }

  async #runOpen(work: () => unknown): Promise<void> {
    let unawaited: readonly Call[];
    try {
      await work();
    } finally {
      this.#state = 'over';
      unawaited = [...this.#waiting];
      // Whatever was begun must have ended before the transaction does.
      await this.#last;
    }
    if (unawaited.length > 0) throw new UnawaitedOperationError(unawaited, this.#owner.object);
  }

  #enqueue<Result>(call: Call, operation: () => Promise<Result>): Promise<Result> {
    if (this.#state !== 'open') return this.#refuse(call);
    this.#waiting.push(call);
    const promise: OperationPromise<Result> = new OperationPromise((resolve, reject) => {
      this.#last = this.#last.then(async () => {
        if (this.#state !== 'open') return;
        const ended = () => {
          this.#waiting.splice(this.#waiting.indexOf(call), 1);
          this.#lastEnd = performance.now();
        };
        const failed = (error: unknown) => {
          this.#failed.push({ promise, error });
          reject(error);
        };
        // It has ended before whoever waits for it hears so: a function may return the promise as its own.
        await Promise.resolve()
          .then(() => this.#throwUnheard())
          .then(operation)
          .finally(ended)
          .then(resolve, failed);
      });
    });
    return promise.hush();
  }

  /**
   * What the function itself left running is not answered while its own failure tells of the call, nor is anything after a
   * failure: whoever waits for it would end the process with an unhandled rejection. Everybody else hears that nothing was done.
   */
  #refuse(call: Call): Promise<never> {
    if (this.#state === 'failed') return new Promise(() => {});
    if (this.#state === 'over') {
      this.#late.push(call);
      if (this.#background.isAtWork()) return new Promise(() => {});
    }
    return Promise.reject(new OperationAfterEndError(call, this.#owner));
  }

  /** A failure that nobody waited for would go unheard, and the revision on as if nothing were. */
  #throwUnheard(): void {
    const unheard = this.#failed.find(({ promise }) => !promise.isAwaited);
    if (unheard) throw unheard.error;
  }

  #throwLate(): void {
    if (this.#late.length > 0) throw new UnawaitedOperationError(this.#late, this.#owner.object);
  }
}
