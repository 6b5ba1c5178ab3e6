// Examines many random pairs of entity sets: npm run fuzz -- --pairs 1000 --seed 7
import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    pairs: { type: 'string', default: '1000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    quick: { type: 'boolean', default: false },
  },
});
const jest = ['--experimental-vm-modules', '--no-warnings', 'node_modules/jest/bin/jest.js'];

const child = spawn(process.execPath, [...jest, '--testMatch', '**/__tests__/oracle/many-pairs.ts'], {
  stdio: 'inherit',
  env: { ...process.env, FUZZ_PAIRS: values.pairs, FUZZ_SEED: values.seed, ...(values.quick && { FUZZ_QUICK: '1' }) },
});
child.on('exit', code => (process.exitCode = code ?? 1));
