import { application, bundled, imports, namesModules, readingBundle, revisionFile } from './sources.ts';
import { generate, type Setup } from './setup.ts';

const started = `tsc -p . --typeRoots $TYPE_ROOTS
typeorm-alembic check || [ $? = 2 ]
mkdir elsewhere
(cd elsewhere && node ../dist/main.js)
typeorm-alembic check
typeorm-alembic current --check-heads --config dist/ormconfig.js`;

/** Set-ups that need nothing but the library, its peers and what this repository has installed. */
export const offlineSetups: Readonly<Record<string, Setup>> = {
  'ES modules, compiled': {
    files: { 'package.json': '{ "type": "module" }', 'main.ts': application(imports) },
    lines: `typeorm-alembic init\n${generate}\n${started}`,
  },
  'CommonJS, compiled': {
    files: { 'package.json': '{}', 'main.ts': application(imports) },
    lines: `typeorm-alembic init\n${generate}\n${started}`,
  },
  'JavaScript, ES modules': {
    files: { 'package.json': '{ "type": "module" }', 'main.js': application(imports) },
    lines: `typeorm-alembic init\n${generate}\ncd migrations\nnode ../main.js\ncd ..\ntypeorm-alembic check`,
  },
  'JavaScript, CommonJS': {
    files: {
      'package.json': '{}',
      'main.js': application(
        "const { createRunner } = require('typeorm-alembic');\nconst { dataSource, migrations } = require('./ormconfig');",
      ),
    },
    lines: `typeorm-alembic init\n${generate}\ncd migrations\nnode ../main.js\ncd ..\ntypeorm-alembic check`,
  },
  'rolldown, both formats': {
    files: {
      'package.json': '{ "type": "module" }',
      'bundle.ts': bundled(`${revisionFile}.js`, "import pg from 'pg';"),
      'reading.ts': readingBundle("import pg from 'pg';"),
    },
    lines: `typeorm-alembic init\n${generate}
mkdir -p cjs esm elsewhere
echo '{ "type": "commonjs" }' > cjs/package.json
for format in cjs esm; do
  for entry in bundle reading; do
    rolldown $entry.ts --platform node --format $format --dir $format --external typeorm,pg,reflect-metadata --log-level silent
  done
  (cd elsewhere && node ../$format/bundle.js)
  (cd elsewhere && node ../$format/reading.js | grep -e 'CREATE TABLE "customer"' -e '${namesModules}')
done`,
  },
};
