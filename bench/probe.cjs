// Required before a measured program: says what the process has used when it ends.
const { writeFileSync } = require('node:fs');

process.once('exit', () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  const usage = { cpu: (userCPUTime + systemCPUTime) / 1e6, memory: maxRSS / 1024 };
  writeFileSync(process.env.BENCH_PROBE, JSON.stringify({ ...usage, modules: Object.keys(require.cache) }));
});
