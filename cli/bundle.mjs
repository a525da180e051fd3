// Bundles the command line into build/cli/rwq.js, so that an installed package brings none of its libraries.
import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
const OUT = join(ROOT, 'build', 'cli');

const { metafile } = await build({
  absWorkingDir: ROOT,
  entryPoints: { rwq: 'cli/main.ts' },
  outdir: OUT,
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  // The installed package has these two; everything else is brought along.
  external: ['ioredis', 'cdk8s-redis-work-queue', 'cdk8s-redis-work-queue/*'],
  plugins: [
    {
      // What a worker imports owns the exit of its process; `rwq status` in the pod of a worker is none.
      name: 'runtime-as-library',
      setup: ({ onResolve }) =>
        onResolve({ filter: /^cdk8s-redis-work-queue\/worker$/ }, () => ({
          path: '../worker/library.js',
          external: true,
        })),
    },
  ],
  define: { VERSION: JSON.stringify(version) },
  supported: { 'dynamic-import': false },
  banner: { js: '#!/usr/bin/env node' },
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
});
chmodSync(join(OUT, 'rwq.js'), 0o755);

const packages = new Set(
  Object.keys(metafile.inputs).flatMap((path) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? []),
);
const notices = [...packages].sort().map((folder) => {
  const { name, version, license } = JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8'));
  const file = readdirSync(join(ROOT, folder)).find((each) => /^licen[cs]e/i.test(each));
  if (!file) throw new Error(`${name} ${version} is bundled, and its package has no licence file.`);
  return `${name} ${version} (${license})\n\n${readFileSync(join(ROOT, folder, file), 'utf8').trim()}\n`;
});
writeFileSync(
  join(OUT, 'THIRD-PARTY-LICENSES.txt'),
  `rwq.js holds the following packages.\n\n${notices.join(`\n${'-'.repeat(80)}\n\n`)}`,
);
