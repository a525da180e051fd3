// Bundles what must be whole in one file: the command line, its page in the browser and what compresses, so that an
// installed package brings none of their libraries, the lease thread, which starts from its text, and the loader of the
// bundles of an `entry`.
import { chmodSync, copyFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const ROOT = dirname(fileURLToPath(import.meta.url));
const BUILD = join(ROOT, 'build');
const require = createRequire(import.meta.url);
const { LEASE_THREAD_OPTIONS, withLeaseThread } = require('./build/lib/entry/lease-thread-file.js');
const { LOADER, LOADER_OPTIONS } = require('./build/lib/entry/loader-file.js');
const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));

const common = { absWorkingDir: ROOT, bundle: true, platform: 'node', metafile: true, logLevel: 'warning' };

await build({
  ...common,
  entryPoints: ['build/lib/entry/deflate.js'],
  outfile: join(BUILD, 'lib', 'entry', 'deflate.js'),
  allowOverwrite: true,
  minify: true,
});

const thread = await build({
  ...common,
  ...LEASE_THREAD_OPTIONS,
  entryPoints: ['worker/lease/lease-thread.ts'],
  outfile: join(BUILD, 'worker', 'lease', 'lease-thread.js'),
});
for (const end of ['.js.map', '.d.ts']) rmSync(join(BUILD, 'worker', 'lease', `lease-thread${end}`), { force: true });
writeLicences(thread.metafile, 'worker/lease', 'lease-thread.js');

await build({
  ...common,
  ...LOADER_OPTIONS,
  entryPoints: ['worker/process/unpack.ts'],
  outfile: join(BUILD, 'worker', 'process', LOADER),
});

const exporter = await build({
  ...common,
  ...LEASE_THREAD_OPTIONS,
  entryPoints: ['metrics/exporter/main.ts'],
  outfile: join(BUILD, 'metrics', 'exporter.js'),
});
writeLicences(exporter.metafile, 'metrics', 'exporter.js');

const command = await build({
  ...common,
  ...withLeaseThread(readFileSync(join(BUILD, 'worker', 'lease', 'lease-thread.js'), 'utf8')),
  entryPoints: ['command/main.ts'],
  outfile: join(BUILD, 'command.js'),
});

const agent = await build({
  ...common,
  ...withLeaseThread(readFileSync(join(BUILD, 'worker', 'lease', 'lease-thread.js'), 'utf8')),
  entryPoints: ['agent/main.ts'],
  outfile: join(BUILD, 'agent.js'),
});
const inputs = { ...command.metafile.inputs, ...agent.metafile.inputs };
writeLicences({ inputs }, '.', 'command.js and agent.js');

// A chaos run starts it hundreds of times.
await build({
  ...common,
  entryPoints: ['chaos/worker.ts'],
  outfile: join(BUILD, 'chaos', 'worker.js'),
  external: ['./stall-watch'],
  target: 'node20',
});
copyFileSync(join(BUILD, 'worker', 'lease', 'lease-thread.js'), join(BUILD, 'chaos', 'lease-thread.js'));

const commandLine = await build({
  ...common,
  entryPoints: { rwq: 'cli/main.ts' },
  outdir: join(BUILD, 'cli'),
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
});
chmodSync(join(BUILD, 'cli', 'rwq.js'), 0o755);
writeLicences(commandLine.metafile, 'cli', 'rwq.js');

const page = await build({
  ...common,
  entryPoints: [
    { in: 'ui/page/index.ts', out: 'app' },
    { in: 'ui/page/style/page.css', out: 'app' },
  ],
  outdir: join(BUILD, 'ui', 'page'),
  platform: 'browser',
  format: 'esm',
  target: ['chrome123', 'firefox121', 'safari17.5'],
  minify: true,
  legalComments: 'none',
  tsconfig: 'ui/page/tsconfig.json',
});
copyFileSync(join(ROOT, 'ui', 'page', 'index.html'), join(BUILD, 'ui', 'page', 'index.html'));
writeLicences(page.metafile, 'ui/page', 'app.js and app.css');

/** Of the packages that a bundled file holds, beside it. */
function writeLicences(metafile, folder, file) {
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
    join(BUILD, folder, 'THIRD-PARTY-LICENSES.txt'),
    `${file} holds the following packages.\n\n${notices.join(`\n${'-'.repeat(80)}\n\n`)}`,
  );
}
