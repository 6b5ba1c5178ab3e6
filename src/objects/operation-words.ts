/** A name of an operation or of what it makes in words: `MaterializedView` → `materialized view`. */
export const operationWords = (name: string): string => name.replace(/(?!^)([A-Z])/g, ' $1').toLowerCase();
