export {
  autogenerate,
  draftRevisions,
  emptyRevision,
  type AutogenerateOptions,
  type RevisionOptions,
} from './autogenerate.ts';
export { CompiledLocationError } from './compiled-location.ts';
export { renderRevision } from './render.ts';
export type { AnyRevisionScript, OperationCall, RevisionLanguage, RevisionScript } from './revision-script.ts';
export { revisionSource, writeScript, type Place, type RevisionSource } from './write.ts';
