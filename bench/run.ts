import { execFileSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { FAMILIES } from './families';
import type { Bench } from './harness/family';
import { aboutThisMachine, peersInstalled } from './harness/machine';
import { BENCH, ROOT } from './harness/paths';
import { type Figure, type Findings, printed } from './harness/report';
import { recordedResults, writeResults } from './harness/results-files';
import { Store } from './harness/store';

const USAGE = `npm run bench                      everything; writes bench/RESULTS.md, results.json and the pictures
npm run bench -- --only NAME,…     some of it; prints the table and writes nothing
npm run bench -- --quick           tiny amounts, to see that it works; writes nothing
npm run bench -- --to FOLDER       writes into this folder, also with --only and --quick
npm run bench -- --redraw          runs nothing; writes page and pictures from bench/results.json
npm run bench -- --runs N          runs of each contender, 5 by default
npm run bench -- --list            the names`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', multiple: true },
      quick: { type: 'boolean', default: false },
      runs: { type: 'string' },
      to: { type: 'string' },
      redraw: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  if (values.list) {
    for (const { name, about } of FAMILIES) console.log(`${name.padEnd(14)}${about}`);
    return 0;
  }
  if (values.redraw) {
    writeResults(values.to ?? ROOT, recordedResults());
    return 0;
  }
  const wanted = values.only?.flatMap((names) => names.split(','));
  for (const name of wanted ?? []) {
    if (!FAMILIES.some((family) => family.name === name)) {
      throw new Error(`--only ${name}: there is ${FAMILIES.map((family) => family.name).join(', ')}`);
    }
  }
  const runs = Number(values.runs ?? (values.quick ? 1 : 5));
  if (!Number.isInteger(runs) || runs < 1) throw new Error(`--runs ${values.runs}: give a whole number from 1 on`);
  const families = FAMILIES.filter(({ name }) => wanted?.includes(name) ?? true);

  if (families.some(({ withPeers }) => withPeers)) installPeers();
  const started = performance.now();
  const store = await Store.start();
  const stop = async (signal: NodeJS.Signals) => {
    await store.stop();
    process.exit(signal === 'SIGINT' ? 130 : 143);
  };
  process.once('SIGINT', stop).once('SIGTERM', stop);
  try {
    const found: Findings[] = [];
    for (const family of families) {
      console.log(`\n${family.name}: ${family.about}`);
      const bench: Bench = { store, runs, quick: values.quick, say: (line) => console.log(`  ${line}`) };
      found.push(await family.run(bench));
    }
    const findings: Findings = {
      // Tiny amounts reach nothing, and miss nothing.
      figures: found.flatMap(({ figures }) => figures).map((figure) => (values.quick ? unjudged(figure) : figure)),
      details: found.flatMap(({ details = [] }) => details),
    };
    const about = [
      ...(await aboutThisMachine(store)),
      `medians of ${runs} runs; the whole took ${Math.round((performance.now() - started) / 60_000)} minutes`,
    ];
    console.log(`\n${printed(findings)}\n\n${about.join('\n')}`);
    const to = values.to ?? (wanted || values.quick ? undefined : ROOT);
    if (to !== undefined) writeResults(to, { about, ...findings });
    return 0;
  } finally {
    await store.stop();
  }
}

function unjudged({ reached: _, ...figure }: Figure): Figure {
  return figure;
}

/** The peers are no business of the package: they are installed here, by whoever wants to compare. */
function installPeers(): void {
  if (peersInstalled()) return;
  console.log('installing the peers in bench/');
  execFileSync('npm', ['ci', '--no-fund', '--no-audit'], { cwd: BENCH, stdio: 'inherit' });
}

main().then(
  (code) => process.exit(code),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
