// Loaded into every process of the suite. What `cdk8s synth` writes for an app follows from the app alone, so it really runs
// once for each; after that it takes what it wrote then.
const { cpSync, existsSync } = require('node:fs');
const { join, sep } = require('node:path');

const [, program = '', ...args] = process.argv;

if (program.endsWith(join('cdk8s-cli', 'bin', 'cdk8s'))) {
  const output = args[args.indexOf('--output') + 1];
  const kept = join(process.env.SYNTHESIZED, process.cwd().replaceAll(sep, '-'));
  if (existsSync(kept)) {
    cpSync(kept, output, { recursive: true });
    process.exit(0);
  }
  process.once('exit', (code) => {
    if (code === 0) cpSync(output, kept, { recursive: true });
  });
}
