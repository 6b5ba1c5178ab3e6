import path from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { autogenerate } from './autogenerate.ts';
import { check } from './check.ts';
import { current } from './current.ts';
import type { Measurement, Setting } from './measurement.ts';
import { plan } from './plan.ts';
import { type Project, writeProject } from './schema.ts';
import { withServer } from './server.ts';
import { markdown } from './table.ts';
import { upgrade } from './upgrade.ts';

const measurements: Readonly<Record<string, Measurement>> = { check, autogenerate, upgrade, current, plan };

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { size: { type: 'string', multiple: true }, runs: { type: 'string', default: '5' } },
});

await withServer(process.cwd(), async server => {
  const setting: Setting = { server, runs: Number(values.runs), project: projects(path.resolve('bench', 'out')) };
  for (const name of positionals.length > 0 ? positionals : Object.keys(measurements)) {
    const measurement = measurements[name];
    if (!measurement)
      throw new Error(`There is no measurement ${name}; expected ${Object.keys(measurements).join(', ')}.`);
    for (const size of values.size?.map(Number) ?? measurement.sizes) {
      console.log(markdown(await measurement.run(setting, size)));
    }
  }
});

/** Projects are written once in a run, and anew in the next. */
function projects(out: string): Setting['project'] {
  const written = new Map<number, Project>();
  return tables => {
    const project = written.get(tables) ?? writeProject(path.join(out, `tables-${tables}`), tables);
    written.set(tables, project);
    return project;
  };
}
