import type { ts } from 'ts-morph';
import type { ModuleFormat } from '../module-format.ts';
import type { Compiler } from './compiler.ts';
import type { ProjectSettings } from './project-settings.ts';

type TypeScript = typeof ts;

/** Compiles with the given TypeScript, file by file: slower than swc, and there wherever this library is. */
export const typeScriptCompiler =
  (typeScript: TypeScript): Compiler =>
  (source, file, format, settings) => {
    const compilerOptions = optionsFor(typeScript, format, settings);
    const { outputText, diagnostics = [] } = typeScript.transpileModule(source, {
      fileName: file,
      compilerOptions,
      reportDiagnostics: true,
    });
    const [mistake] = diagnostics.filter(
      ({ category, file }) => category === typeScript.DiagnosticCategory.Error && file,
    );
    if (mistake) throw new SyntaxError(describe(typeScript, mistake));
    return outputText;
  };

function optionsFor(
  typeScript: TypeScript,
  format: ModuleFormat,
  { compilerOptions }: ProjectSettings,
): ts.CompilerOptions {
  const strictNullChecks = compilerOptions.strictNullChecks ?? compilerOptions.strict ?? false;
  return {
    target: typeScript.ScriptTarget.ES2022,
    module: format === 'module' ? typeScript.ModuleKind.ESNext : typeScript.ModuleKind.CommonJS,
    experimentalDecorators: true,
    emitDecoratorMetadata: true,
    strictNullChecks,
    useDefineForClassFields: compilerOptions.useDefineForClassFields ?? false,
    esModuleInterop: compilerOptions.esModuleInterop ?? true,
    jsx: compilerOptions.jsx?.startsWith('react-jsx') ? typeScript.JsxEmit.ReactJSX : typeScript.JsxEmit.React,
    inlineSourceMap: true,
    inlineSources: true,
  };
}

function describe(typeScript: TypeScript, { file, start = 0, messageText }: ts.Diagnostic): string {
  const { line = 0, character = 0 } = file?.getLineAndCharacterOfPosition(start) ?? {};
  const text = typeScript.flattenDiagnosticMessageText(messageText, ' ').replace(/\.$/, '');
  return `${text} (line ${line + 1}, column ${character + 1})`;
}
