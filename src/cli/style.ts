/** How parts of a line look. Without colour, each gives back its text. */
export interface Style {
  /** A revision's id. */
  id(text: string): string;
  /** What is said of a revision: `(head)`, `(current)`. */
  mark(text: string): string;
  good(text: string): string;
  warning(text: string): string;
  danger(text: string): string;
  faint(text: string): string;
  strong(text: string): string;
}

/** https://en.wikipedia.org/wiki/ANSI_escape_code#Select_Graphic_Rendition_parameters */
const painted =
  (on: number, off: number) =>
  (text: string): string =>
    text === '' ? '' : `\u001B[${on}m${text}\u001B[${off}m`;

export const coloured: Style = {
  id: painted(33, 39),
  mark: painted(36, 39),
  good: painted(32, 39),
  warning: painted(33, 39),
  danger: painted(31, 39),
  faint: painted(2, 22),
  strong: painted(1, 22),
};

const same = (text: string): string => text;

export const plain: Style = {
  id: same,
  mark: same,
  good: same,
  warning: same,
  danger: same,
  faint: same,
  strong: same,
};

/** Colours on terminals only, unless FORCE_COLOR asks for them or `--no-color` or NO_COLOR forbids: https://no-color.org */
export function styleFor(
  stream: { readonly isTTY?: boolean | undefined },
  environment: NodeJS.ProcessEnv,
  noColor: boolean,
): Style {
  return wantsColour(stream, environment, noColor) ? coloured : plain;
}

function wantsColour(
  { isTTY }: { readonly isTTY?: boolean | undefined },
  { FORCE_COLOR, NO_COLOR, TERM }: NodeJS.ProcessEnv,
  noColor: boolean,
): boolean {
  if (noColor) return false;
  // Node's own order of the two: https://nodejs.org/api/tty.html#writestreamgetcolordepthenv
  if (FORCE_COLOR !== undefined) return !['0', 'false'].includes(FORCE_COLOR);
  return Boolean(isTTY) && !NO_COLOR && TERM !== 'dumb';
}
