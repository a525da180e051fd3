import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { readManifests } from '../../demo/manifests';

// The samples of the guides, each whole, taken out of their pages: all compile, and the charts are synthesized.

const ROOT = join(__dirname, '../..');
const PAGES = ['production', 'tuning', 'quick-start', 'from-the-python-worker', 'faq', 'troubleshooting'];

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'guides-'));
  // A project that has installed the package and its peers.
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(ROOT, join(folder, 'node_modules/cdk8s-redis-work-queue'));
  for (const name of ['cdk8s', 'cdk8s-plus-27', 'constructs', 'tsx', '@types']) {
    symlinkSync(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name));
  }
  for (const page of PAGES) {
    mkdirSync(join(folder, page));
    samplesOf(page).forEach((code, index) => {
      const name = /^\/\/ (\S+\.ts)\n/.exec(code)?.[1] ?? `sample-${index}.ts`;
      writeFileSync(join(folder, page, name), code);
    });
  }
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function samplesOf(page: string): string[] {
  const text = readFileSync(join(ROOT, `docs/${page}.md`), 'utf8');
  return [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => code as string);
}

const run = (directory: string, ...args: string[]) =>
  promisify(execFile)(process.execPath, args, { cwd: directory }).then(
    ({ stdout, stderr }) => stdout + stderr,
    ({ stdout, stderr }) => `failed: ${stdout}${stderr}`,
  );

test('the samples are what the types say', async () => {
  const compilerOptions = {
    ...{ target: 'es2022', lib: ['es2023', 'dom'], module: 'esnext', moduleResolution: 'bundler', types: ['node'] },
    ...{ strict: true, noEmit: true, skipLibCheck: true },
  };
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*/*.ts'] }));
  try {
    expect(await run(folder, join(ROOT, 'node_modules/typescript/bin/tsc'))).toBe('');
  } finally {
    rmSync(join(folder, 'package.json'));
  }
});

test.each(PAGES.filter((page) => samplesOf(page).some((code) => code.includes('app.synth()'))))(
  'the chart of docs/%s.md synthesizes',
  async (page) => {
    const directory = join(folder, page);
    const file = readdirSync(directory).find((name) =>
      readFileSync(join(directory, name), 'utf8').includes('app.synth()'),
    );
    expect(await run(directory, '--require', 'tsx/cjs', file as string)).toBe('');
    const kinds = readManifests(join(directory, 'dist')).map(({ kind }) => kind);
    expect(kinds).toEqual(expect.arrayContaining(['Job', 'Service', 'NetworkPolicy', 'ConfigMap']));
  },
);
