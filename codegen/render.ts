import {
  IndentationText,
  NewLineKind,
  Project,
  QuoteKind,
  VariableDeclarationKind,
  type CodeBlockWriter,
  type SourceFile,
} from 'ts-morph';
import { statementsOf, type Operation } from '../src/objects/kinds.ts';
import { describeHazard, touchesRows } from '../src/sql/hazard.ts';
import { inlineLiteral, writeLiteral } from './literal.ts';
import { renameHint } from './rename-hint.ts';
import type { RevisionLanguage, RevisionScript } from './revision-script.ts';
import { isTransactional } from './transactional.ts';

/**
 * The source of a revision file. Evaluating it makes the same operations again. What may cost rows is said in a comment
 * above the operation that may.
 */
export function renderRevision(script: RevisionScript, language: RevisionLanguage = 'typescript'): string {
  const project = new Project({
    useInMemoryFileSystem: true,
    manipulationSettings: {
      quoteKind: QuoteKind.Single,
      indentationText: IndentationText.TwoSpaces,
      newLineKind: NewLineKind.LineFeed,
    },
  });
  const file = project.createSourceFile('revision.ts', heading(script));
  if (language === 'typescript') {
    file.addImportDeclaration({ isTypeOnly: true, namedImports: ['Operations'], moduleSpecifier: 'typeorm-alembic' });
  }
  file.addStatements(writer => writer.blankLineIfLastNot());
  addConstants(file, script, language);
  addFunction(file, 'upgrade', script.upgrade, language);
  addFunction(file, 'downgrade', script.downgrade, language);
  if (language === 'commonjs')
    file.addStatements(
      `\nmodule.exports = { ${[...Object.keys(constantsOf(script)), 'upgrade', 'downgrade'].join(', ')} };`,
    );
  return (
    file
      .getFullText()
      .replace(/\n{3,}/g, '\n\n')
      .trimEnd() + '\n'
  );
}

/** The comment a revision opens with; its first line is the message. Without a blank line after it, compilers drop it. */
function heading(script: RevisionScript): string {
  const parents = script.downRevision === null ? [] : [script.downRevision].flat();
  const lines = [
    ...script.message.split(/\r?\n/),
    '',
    `Revision ID: ${script.revision}`,
    `Revises: ${parents.join(', ')}`.trimEnd(),
    ...(script.createDate === undefined ? [] : [`Create Date: ${script.createDate}`]),
  ];
  return `/**\n${lines.map(line => ` * ${line.replaceAll('*/', '*\\/')}`.trimEnd()).join('\n')}\n */\n\n`;
}

function constantsOf(script: RevisionScript): Readonly<Record<string, unknown>> {
  return {
    revision: script.revision,
    downRevision: script.downRevision,
    branchLabels: script.branchLabels ?? [],
    dependsOn: script.dependsOn ?? [],
    ...((script.transactional ?? isTransactional(script)) ? {} : { transactional: false }),
  };
}

function addConstants(file: SourceFile, script: RevisionScript, language: RevisionLanguage): void {
  file.addVariableStatements(
    Object.entries(constantsOf(script)).map(([name, value]) => ({
      isExported: language !== 'commonjs',
      declarationKind: VariableDeclarationKind.Const,
      declarations: [
        {
          name,
          initializer: inlineLiteral(value),
          ...(language === 'typescript' && Array.isArray(value) && { type: 'string[]' }),
        },
      ],
    })),
  );
}

function addFunction(
  file: SourceFile,
  name: string,
  operations: readonly Operation[],
  language: RevisionLanguage,
): void {
  const typed = language === 'typescript';
  file.addFunction({
    name,
    isAsync: true,
    isExported: language !== 'commonjs',
    parameters: [{ name: 'op', ...(typed && { type: 'Operations' }) }],
    ...(typed && { returnType: 'Promise<void>' }),
    ...(!typed && {
      docs: [{ description: `@param {import('typeorm-alembic').Operations} op` }],
    }),
    statements: renderOperations(operations),
  });
}

const CREATES_RELATION: ReadonlySet<string> = new Set(['createTable', 'createMaterializedView']);

/** Rows are at stake only in tables that were there before. */
function renderOperations(operations: readonly Operation[]): ((writer: CodeBlockWriter) => void)[] {
  const created = new Set<string>(
    operations.flatMap(operation => (CREATES_RELATION.has(operation.op) ? [(operation as { name: string }).name] : [])),
  );
  return operations.map(operation => writer => {
    const isNew = 'table' in operation && created.has(operation.table);
    if (!isNew) commentsOn(operation, operations).forEach(comment => writer.writeLine(`// ${comment}`));
    renderOperation(writer, operation);
  });
}

function commentsOn(operation: Operation, operations: readonly Operation[]): readonly string[] {
  const hint = renameHint(operation, operations);
  return [...warnings(operation), ...(hint === undefined ? [] : [hint])];
}

function warnings(operation: Operation): readonly string[] {
  const risks = statementsOf(operation).flatMap(({ hazards }) => hazards.filter(touchesRows).map(describeHazard));
  return [...new Set(risks)].map(risk => `${risk.charAt(0).toUpperCase()}${risk.slice(1)}`.replace(/\s+/g, ' '));
}

/** `await op.createIndex({ … });`: an operation is printed as the call that makes it again. */
export function renderOperation(writer: CodeBlockWriter, { op, ...payload }: Operation): void {
  writer.write(`await op.${op}(`);
  writeLiteral(writer, payload);
  writer.write(');');
}
