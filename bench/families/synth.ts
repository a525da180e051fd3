import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { median } from '../harness/clock';
import type { Family } from '../harness/family';
import { BENCH, ROOT } from '../harness/paths';
import { short } from '../harness/report';

/** `cdk8s synth` of main.ts, as this repository runs it and as the cdk8s TypeScript template would. */
export const synth: Family = {
  name: 'synth',
  about: "cdk8s synth of main.ts beside the cdk8s template's ts-node",
  withPeers: true,
  async run({ quick, runs, say }) {
    const folder = mkdtempSync(join(tmpdir(), 'bench-'));
    try {
      const template = makeTemplateProject(join(folder, 'template'));
      const ours: number[] = [];
      const theirs: number[] = [];
      for (let run = 0; run < (quick ? 1 : runs); run++) {
        ours.push(await synthesize(ROOT, join(folder, 'ours')));
        theirs.push(await synthesize(template, join(folder, 'theirs')));
      }
      const [a, b] = [manifestsIn(join(folder, 'ours')), manifestsIn(join(folder, 'theirs'))];
      if (a !== b) throw new Error('the two ways give different manifests');
      const share = median(ours) / median(theirs);
      say(`ours ${short(median(ours))} s, ts-node ${short(median(theirs))} s`);
      return {
        figures: [
          {
            figure: 'cdk8s synth of main.ts',
            ours: `${short(median(ours))} s`,
            peers: `${short(median(theirs))} s the template's ts-node`,
            ratio: `${(100 * share).toFixed(0)} %`,
            target: '≤ half',
            reached: share <= 0.5,
          },
        ],
      };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

/** A project as `cdk8s init typescript-app` makes it, with the chart of main.ts and this package installed. */
function makeTemplateProject(folder: string): string {
  const template = join(ROOT, 'node_modules/cdk8s-cli/templates/typescript-app');
  mkdirSync(folder);
  for (const file of ['cdk8s.yaml', 'tsconfig.json']) cpSync(join(template, file), join(folder, file));
  const main = readFileSync(join(ROOT, 'main.ts'), 'utf8').replace("'./lib'", "'cdk8s-redis-work-queue'");
  writeFileSync(join(folder, 'main.ts'), main);
  writeFileSync(join(folder, 'package.json'), '{ "private": true }');
  // The worker that main.ts names as its entry.
  cpSync(join(ROOT, 'examples/walkthrough/worker.ts'), join(folder, 'examples/walkthrough/worker.ts'));
  const install = (name: string, from: string) => {
    const link = join(folder, 'node_modules', name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(from, link);
  };
  for (const name of ['cdk8s', 'cdk8s-plus-27', 'constructs']) install(name, join(ROOT, 'node_modules', name));
  for (const name of ['ts-node', 'typescript', '@types/node', '.bin/ts-node']) {
    install(name, join(BENCH, 'node_modules', name));
  }
  install('cdk8s-redis-work-queue', ROOT);
  return folder;
}

async function synthesize(project: string, output: string): Promise<number> {
  const before = performance.now();
  const cli = join(ROOT, 'node_modules/cdk8s-cli/bin/cdk8s');
  const command = [cli, '--no-check-upgrade', 'synth', '--output', output];
  await promisify(execFile)(process.execPath, command, { cwd: project });
  return (performance.now() - before) / 1_000;
}

/** All manifests, without the bundled worker: what a bundle is made of depends on the project's own tsconfig.json. */
function manifestsIn(folder: string): string {
  return readdirSync(folder)
    .sort()
    .map((file) => readFileSync(join(folder, file), 'utf8'))
    .join()
    .replace(/^ +part-\d+: .*$/gm, '')
    .replace(/[0-9a-f]{16}/g, 'digest');
}
