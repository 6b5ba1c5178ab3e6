/**
 * Text for terminals and the logs of builds. Names, comments and messages come from databases and other people's files:
 * in a line of ours they must neither begin another line nor be read as commands by what shows it.
 */

// eslint-disable-next-line no-control-regex -- control characters are what it looks for
const CONTROLS = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/g;
const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r' };

const escaped = (character: string): string => {
  const code = character.charCodeAt(0);
  return SHORT[character] ?? (code < 0x100 ? `\\x${hexadecimal(code, 2)}` : `\\u${hexadecimal(code, 4)}`);
};

const hexadecimal = (code: number, digits: number): string => code.toString(16).padStart(digits, '0');

/** What GitHub and Azure read as commands where a log holds it: `::error::…`, `##[error]…`, `##vso[…`. */
const withoutCommands = (line: string): string =>
  line.replace(/^(\s*):(?=:)/, '$1\\x3a').replaceAll(/##(?=\[|vso\[)/g, '#\\x23');

/** A line as it may be shown: line breaks and other control characters in it are made visible. */
export const lineText = (line: string): string => withoutCommands(line.replaceAll(CONTROLS, escaped));

// eslint-disable-next-line no-control-regex -- the escape of a colour
const COLOUR = /(\u001B\[\d{1,2}m)/;

/** The same for a line that has colours of ours. */
export const colouredLineText = (line: string): string =>
  withoutCommands(
    line
      .split(COLOUR)
      .map((part, i) => (i % 2 === 0 ? part.replaceAll(CONTROLS, escaped) : part))
      .join(''),
  );

/** JSON text without control characters and commands, which `JSON.stringify` leaves as they are: as JSON's own escapes. */
export const jsonSafe = (json: string): string =>
  json
    .replaceAll(CONTROLS, character =>
      character === '\n' ? character : `\\u${hexadecimal(character.charCodeAt(0), 4)}`,
    )
    .replaceAll(/##(?=\[|vso\[)/g, '#\\u0023');
