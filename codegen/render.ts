import type { SourceFile } from 'ts-morph';
import { checkArgument, oneOf } from '../src/call-arguments.ts';
import type { Obstacle } from '../src/compare/obstacles.ts';
import { statementsOf, type Operation, type Registry } from '../src/objects/kinds.ts';
import { describeRisks, type Hazard } from '../src/sql/hazard.ts';
import { INDENT, literalText } from './literal.ts';
import { operationText } from './operations-text.ts';
import { detachment } from './detachment.ts';
import { renameHint, type Traffic } from './rename-hint.ts';
import {
  checkScript,
  isCall,
  type AnyRevisionScript,
  type OperationCall,
  type RevisionLanguage,
} from './revision-script.ts';
import { transactionalComments, transactionalOf } from './transactional.ts';
import { tsMorph } from './ts-morph.ts';

/**
 * The source of a revision file. Evaluating it makes the same operations again. What may cost rows is said in a comment
 * above the operation that may.
 */
export function renderRevision(script: AnyRevisionScript, language: RevisionLanguage = 'typescript'): string {
  checkScript('renderRevision', script);
  checkArgument('renderRevision', 'language', language, oneOf('typescript', 'esm', 'commonjs'));
  const { IndentationText, NewLineKind, Project, QuoteKind } = tsMorph();
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
  addFunction(file, 'upgrade', language);
  addFunction(file, 'downgrade', language);
  if (language === 'commonjs')
    file.addStatements(
      `\nmodule.exports = { ${[...Object.keys(constantsOf(script)), 'upgrade', 'downgrade'].join(', ')} };`,
    );
  return withBodies(file, {
    upgrade: bodyOf(script, 'upgrade'),
    downgrade: bodyOf(script, 'downgrade'),
  });
}

/** The comment a revision opens with; its first line is the message. Without a blank line after it, compilers drop it. */
function heading(script: AnyRevisionScript): string {
  const parents = script.downRevision === null ? [] : [script.downRevision].flat();
  const lines = [
    ...script.message.split(/[\r\n\u2028\u2029]+/),
    '',
    `Revision ID: ${script.revision}`,
    `Revises: ${parents.join(', ')}`.trimEnd(),
    ...(script.createDate === undefined ? [] : [`Create Date: ${script.createDate}`]),
  ];
  return `/**\n${lines.map(line => ` * ${onOneLine(line).replaceAll('*/', '*\\/')}`.trimEnd()).join('\n')}\n */\n\n`;
}

function constantsOf(script: AnyRevisionScript): Readonly<Record<string, unknown>> {
  const transactional = script.transactional ?? transactionalOf(script);
  return {
    revision: script.revision,
    downRevision: script.downRevision,
    branchLabels: script.branchLabels ?? [],
    dependsOn: script.dependsOn ?? [],
    ...(script.replaces && { replaces: script.replaces }),
    ...(transactional === true ? {} : { transactional }),
  };
}

function addConstants(file: SourceFile, script: AnyRevisionScript, language: RevisionLanguage): void {
  const { VariableDeclarationKind } = tsMorph();
  file.addVariableStatements(
    Object.entries(constantsOf(script)).map(([name, value]) => ({
      isExported: language !== 'commonjs',
      declarationKind: VariableDeclarationKind.Const,
      declarations: [
        {
          name,
          initializer: literalText(value),
          ...(language === 'typescript' && Array.isArray(value) && { type: 'string[]' }),
        },
      ],
      ...(name === 'transactional' && {
        leadingTrivia: script.transactional === undefined ? commented(transactionalComments(script)) : '',
      }),
    })),
  );
}

const commented = (lines: readonly string[]): string => lines.map(line => `// ${onOneLine(line)}\n`).join('');

function addFunction(file: SourceFile, name: string, language: RevisionLanguage): void {
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
  });
}

/** The file's text with the lines in its functions: as nodes of a tree, those of a thousand tables take 100 MB. */
function withBodies(file: SourceFile, bodies: Readonly<Record<'upgrade' | 'downgrade', string>>): string {
  const source = file.getFullText();
  let text = '';
  let at = 0;
  for (const [name, body] of Object.entries(bodies)) {
    const start = file.getFunctionOrThrow(name).getBodyOrThrow().getStart() + '{\n'.length;
    text += source.slice(at, start).replace(/\n{3,}/g, '\n\n') + body;
    at = start;
  }
  return `${text}${source.slice(at).trimEnd()}\n`;
}

const CREATES_RELATION: ReadonlySet<string> = new Set(['createTable', 'createMaterializedView']);

const operationsIn = (calls: readonly (Operation | OperationCall)[]): readonly Operation[] =>
  calls.filter(each => !isCall(each));

/** The lines of a function. Rows are at stake only in tables that were there before. */
function bodyOf(script: AnyRevisionScript, direction: 'upgrade' | 'downgrade'): string {
  const calls = script[direction];
  const operations = operationsIn(calls);
  // On the way back there is nothing to tell of renames.
  const both = { upgrade: operationsIn(script.upgrade), downgrade: operationsIn(script.downgrade) };
  const traffic = direction === 'upgrade' ? both : { ...both, upgrade: [] };
  const created = new Set<string>(
    operations.flatMap(operation => (CREATES_RELATION.has(operation.op) ? [(operation as { name: string }).name] : [])),
  );
  const lines = calls.flatMap(operation => {
    if (isCall(operation)) return operationText(operation);
    const isNew = 'table' in operation && created.has(operation.table);
    const comments = isNew
      ? warnings(operation, script.kinds, ({ type }) => type === 'losesSetting')
      : [...detachment(operation, both, direction), ...commentsOn(operation, traffic, script.kinds)];
    return [...comments.map(comment => `// ${onOneLine(comment)}`), operationText(operation, INDENT)];
  });
  return [...reservations(script, direction), ...lines].map(line => `${INDENT}${line}\n`).join('');
}

/** What stands in the way of a whole function, a line of comment for each. */
function reservations(
  { downgradeObstacles = [], missingOnEmpty = [], missingNames = [] }: AnyRevisionScript,
  direction: 'upgrade' | 'downgrade',
): readonly string[] {
  if (direction === 'downgrade') return downgradeObstacles.map(refusal);
  const missing = missingNames.map(
    each => `// PostgreSQL refuses this unless SQL before it creates what is missing: ${onOneLine(each)}.`,
  );
  if (missingOnEmpty.length === 0) return missing;
  return [
    ...missing,
    `// On an empty database this fails unless SQL of an earlier revision creates ${onOneLine(missingOnEmpty.join(', '))}: no operation does.`,
  ];
}

const refusal = ({ dependent, on }: Obstacle): string =>
  `// PostgreSQL refuses this while ${onOneLine(`${dependent} depends on ${on}`)}: drop or change it first.`;

/** A comment cannot end before its line does, whatever names are in it. */
const onOneLine = (text: string): string =>
  // eslint-disable-next-line no-control-regex -- control characters are what it looks for
  text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g, ' ');

function commentsOn(operation: Operation, traffic: Traffic, kinds: Registry | undefined): readonly string[] {
  const hint = renameHint(operation, traffic);
  return [...warnings(operation, kinds), ...(hint === undefined ? [] : [hint])];
}

function warnings(
  operation: Operation,
  kinds: Registry | undefined,
  matters: (hazard: Hazard) => boolean = () => true,
): readonly string[] {
  const risks = describeRisks(statementsOf(operation, kinds).flatMap(({ hazards }) => hazards.filter(matters)));
  return risks.map(risk => `${risk.charAt(0).toUpperCase()}${risk.slice(1)}`.replace(/\s+/g, ' '));
}
