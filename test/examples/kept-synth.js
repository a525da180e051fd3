// What `cdk8s synth` writes for an app of this repository follows from the app alone, so it really runs once in each run of
// the tests; after that, the tests take what it wrote then.
const { createHash } = require('node:crypto');
const { join, resolve } = require('node:path');

/** Variables that charts of examples read. */
const VARIABLES = ['BELOW', 'DAY', 'DEPTH', 'IMAGE'];
exports.VARIABLES = VARIABLES;

/** Where the manifests of the app in a folder are kept. */
exports.keptSynth = (keep, folder, env) => {
  const given = VARIABLES.map((name) => `${name}=${env[name] ?? ''}`);
  const key = createHash('sha256')
    .update([resolve(folder), ...given].join('\n'))
    .digest('hex');
  return join(keep, `synthesized-${key.slice(0, 16)}`);
};
