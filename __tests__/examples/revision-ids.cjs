// Loaded before the command: revisions get the ids that the page gives them, one after the other, as long as there are any.
const crypto = require('node:crypto');
const { readFileSync, writeFileSync } = require('node:fs');
const { syncBuiltinESMExports } = require('node:module');

const { randomBytes } = crypto;
const file = process.env.REVISION_IDS;

crypto.randomBytes = (size, ...rest) => (size === 6 && nextId()) || randomBytes(size, ...rest);
syncBuiltinESMExports();

function nextId() {
  const [id, ...others] = JSON.parse(readFileSync(file, 'utf8'));
  writeFileSync(file, JSON.stringify(others));
  return id && Buffer.from(id, 'hex');
}
