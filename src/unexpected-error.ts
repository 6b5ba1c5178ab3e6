import { MigrationError } from './errors.ts';
import { excerpt } from './sql/excerpt.ts';

/** A file or folder could not be read or written. */
export class FileAccessError extends MigrationError {
  override readonly name = 'FileAccessError';
  readonly path: string;
  /** Node's code, such as `EACCES`. */
  readonly code: string;

  constructor(cause: NodeJS.ErrnoException) {
    const { code = '', path = 'A file', syscall = '' } = cause;
    const [found, advice] = FILE_REASONS[code] ?? [cause.message, 'see that it can be used, and try again'];
    super(`${path} could not be ${ACTIONS[syscall] ?? 'used'} (${code}): ${found}; ${advice}.`, { cause });
    this.path = path;
    this.code = code;
  }
}

const ACTIONS: Readonly<Record<string, string>> = {
  open: 'opened',
  read: 'read',
  scandir: 'listed',
  opendir: 'listed',
  stat: 'looked at',
  lstat: 'looked at',
  fstat: 'looked at',
  access: 'looked at',
  realpath: 'looked at',
  readlink: 'looked at',
  mkdir: 'made',
  write: 'written',
  writev: 'written',
  link: 'written',
  rename: 'written',
  copyfile: 'written',
  close: 'written',
  unlink: 'removed',
  rmdir: 'removed',
  rm: 'removed',
};

/** What Node's codes mean, and what to do. */
const FILE_REASONS: Readonly<Record<string, readonly [found: string, advice: string]>> = {
  EACCES: ['permission is denied', 'give the user of this process the right to it'],
  EPERM: ['the operation is not permitted', 'give the user of this process the right to it'],
  EROFS: ['the file system is read-only', 'name a folder that can be written to'],
  ENOENT: ['there is no such file or folder, or it is a link that leads nowhere', 'make it, or correct its name'],
  ENOTDIR: ['a file is where a folder was expected', 'correct the path, or move that file away'],
  EISDIR: ['a folder is where a file was expected', 'correct the path, or move that folder away'],
  EEXIST: ['it is there already', 'move it away, or name another place'],
  ELOOP: ['its symbolic links lead in a circle', 'correct these links'],
  ENAMETOOLONG: ['the name is too long', 'give a shorter message, or set `truncateSlugLength` and `fileTemplate`'],
  ENOSPC: ['no space is left on the device', 'free some, and try again'],
  EFBIG: ['it would be larger than this process may write', 'raise the limit (`ulimit -f`), and try again'],
  EDQUOT: ['the disk quota is used up', 'free some space, and try again'],
  EBUSY: ['something else is using it', 'see what that is, and try again'],
  EIO: ['the device failed', 'see the log of the system'],
  EMFILE: ['this process has too many files open', 'raise the limit (`ulimit -n`), and try again'],
  ENFILE: ['the system has too many files open', 'close some, and try again'],
};

/** The server refused a statement of the tool's own. */
export class StatementRefusedError extends MigrationError {
  override readonly name = 'StatementRefusedError';
  /** SQLSTATE. */
  readonly code: string;
  readonly statement: string | undefined;

  constructor(cause: ServerRefusal, statement: string | undefined) {
    const at = statement === undefined ? '' : ` at ${excerpt(statement)}`;
    const advice =
      REFUSALS.find(([pattern]) => pattern.test(cause.code))?.[1] ??
      `look up SQLSTATE ${cause.code} in PostgreSQL's manual`;
    super(`PostgreSQL refused a statement of the tool's own (${cause.message})${at}: ${advice}.`, { cause });
    this.code = cause.code;
    this.statement = statement;
  }
}

interface ServerRefusal extends Error {
  readonly code: string;
}

/** What to do, by SQLSTATE: https://www.postgresql.org/docs/current/errcodes-appendix.html */
const REFUSALS: readonly (readonly [RegExp, string])[] = [
  [/^42501$/, 'grant that privilege to the role of the DataSource, or connect as a role that has it'],
  [
    /^25006$/,
    'the server or session is read-only, as a standby is: connect to the primary, or unset default_transaction_read_only',
  ],
  [
    /^(42P01|42703|42804|42883|22P02)$/,
    'the version table or its log is not as this tool makes it: compare it with what `ensure-version --sql` prints',
  ],
  [/^(42P07|42710|23505)$/, 'something of that name or key is there already: remove or rename it'],
  [/^53100$/, 'the disk of the server is full: free space there'],
  [/^53200$/, "the server's memory is used up: raise max_locks_per_transaction or its memory"],
  [/^57014$/, 'it was cancelled, or took longer than statement_timeout: raise that, and try again'],
  [/^(58|XX)/, 'the server failed: see its log'],
];

/** A package that this command loads is not installed. */
export class MissingPackageError extends MigrationError {
  override readonly name = 'MissingPackageError';
  readonly package: string;

  constructor(name: string, cause: unknown) {
    super(
      `The package ${name}, which this command needs, is not installed: run \`npm install\` without leaving out dependencies, or run the command where it is.`,
      { cause },
    );
    this.package = name;
  }
}

/**
 * What a user can cause without meaning to (a file that cannot be read, a statement that the server refuses, a package
 * that is missing) as an error of ours; any other error as it is.
 */
export function explained(error: unknown): unknown {
  if (MigrationError.is(error) || typeof error !== 'object' || error === null) return error;
  const {
    code,
    syscall,
    driverError,
    query,
    message = '',
  } = error as Partial<NodeJS.ErrnoException & { driverError: ServerRefusal; query: string }>;
  if (driverError !== undefined && isState(driverError.code)) return new StatementRefusedError(driverError, query);
  if (code === 'MODULE_NOT_FOUND' || code === 'ERR_MODULE_NOT_FOUND') {
    const [, name] = /Cannot find (?:module|package) '([^'./][^']*)'/.exec(message) ?? [];
    return name === undefined ? error : new MissingPackageError(name, error);
  }
  if (isState(code) && 'severity' in error) return new StatementRefusedError(error as unknown as ServerRefusal, query);
  return syscall !== undefined && /^E[A-Z]+$/.test(code ?? '')
    ? new FileAccessError(error as NodeJS.ErrnoException)
    : error;
}

/** Does the work, whose errors are {@link explained}. */
export async function explaining<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw explained(error);
  }
}

const isState = (code: unknown): boolean => typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code);
