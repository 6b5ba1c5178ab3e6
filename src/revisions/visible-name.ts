/** Characters that nobody sees: of zero width, of direction, variation selectors, fillers. */
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/gu;

/** A name as it is read: two that are alike in this are one to whoever reads them, and two to a computer. */
export const visibleName = (name: string): string =>
  isPlain(name) ? name : name.normalize('NFC').replaceAll(INVISIBLE, '').trim().replaceAll(/\s+/g, ' ');

/** A name in a message, so that it shows what nobody would see. */
export const escapedName = (name: string): string =>
  JSON.stringify(name).replaceAll(/[^\x20-\x7e]/g, unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

const isPlain = (name: string): boolean => /^[\x21-\x7e]*$/.test(name);
