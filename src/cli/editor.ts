import { spawn } from 'node:child_process';
import { MigrationError } from '../errors.ts';

/** The editor is not set, cannot be started, or ended with an error. */
export class EditorError extends MigrationError {
  override readonly name = 'EditorError';
  readonly path: string;

  constructor(problem: string, path: string, options?: ErrorOptions) {
    super(`${path} was not edited: ${problem}.`, options);
    this.path = path;
  }
}

/** Opens a file in the user's editor and waits until it is closed. Standard output stays free for results. */
export async function openInEditor(path: string, { VISUAL, EDITOR }: NodeJS.ProcessEnv): Promise<void> {
  const editor = VISUAL || EDITOR;
  if (!editor) throw new EditorError('neither VISUAL nor EDITOR is set; set one to your editor, as in EDITOR=vi', path);
  await new Promise<void>((resolve, reject) => {
    // An editor may come with arguments, as in `code --wait`; a shell splits them as the user expects.
    const child = spawn(`${editor} ${quoted(path)}`, { shell: true, stdio: ['inherit', 2, 'inherit'] });
    child.on('error', cause => reject(new EditorError(`${editor} could not be started`, path, { cause })));
    child.on('close', (code, signal) => {
      if (code === 0) resolve();
      else
        reject(
          new EditorError(`${editor} ended with ${signal ?? `exit code ${code}`}; correct VISUAL or EDITOR`, path),
        );
    });
  });
}

const quoted = (path: string): string =>
  process.platform === 'win32' ? `"${path}"` : `'${path.replaceAll("'", `'\\''`)}'`;
