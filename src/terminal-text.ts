/**
 * Text for terminals and the logs of builds. Names, comments and messages come from databases and other people's files:
 * in a line of ours they must neither begin another line nor be read as commands by what shows it.
 */

// eslint-disable-next-line no-control-regex -- control characters are what it looks for
const CONTROLS = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;
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

/** Characters of one message. What it leaves out is in the fields of its error, or in its cause. */
const LIMIT = 4_000;
const END = 1_000;

/** A message that quotes others: on one line, as it may be shown, and of a length that a log can take. */
export const messageText = (message: string): string =>
  shortened(
    lineText(
      String(message)
        .trim()
        .replaceAll(/[^\S\r\n]*[\r\n]\s*/g, ' '),
    ),
  );

/** The beginning and the end, which says what to do, of text without an end. */
const shortened = (text: string): string =>
  text.length > LIMIT ? withoutHalves(`${text.slice(0, LIMIT - END)} … ${text.slice(-END)}`) : text;

const withoutHalves = (text: string): string => text.replaceAll(/\p{Surrogate}/gu, '\ufffd');
