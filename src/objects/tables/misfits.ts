/** Whether no value of one type is one of another, however it is cast by way of text. */
export const fitsNone = (_from: string, _to: string): boolean => false;
