import { execFileSync, execSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { UsageError } from '../failures';
import { VERSIONS } from './template';
import { writeProject } from './write-project';

const ROOT = join(__dirname, '../..');

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'init-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Its packages, as `npm install` would put them, but by links to those of this repository. */
function install(project: string) {
  const { dependencies, devDependencies } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'));
  for (const name of Object.keys({ ...dependencies, ...devDependencies })) {
    const link = join(project, 'node_modules', name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(name === 'cdk8s-redis-work-queue' ? ROOT : join(ROOT, 'node_modules', name), link);
  }
}

test('the project compiles, tests and synthesizes as it is', () => {
  const project = join(folder, 'my-queue');
  expect(writeProject(project, 'my-queue').sort()).toEqual(readdirSync(project).sort());
  install(project);
  const run = (bin: string, ...args: string[]) =>
    execFileSync(process.execPath, [join(ROOT, 'node_modules', bin), ...args], {
      cwd: project,
      stdio: 'pipe',
      env: { PATH: process.env.PATH, TMPDIR: folder },
    });

  run('typescript/bin/tsc');
  run('jest/bin/jest.js');
  expect(existsSync(join(project, '__snapshots__/main.test.ts.snap'))).toBe(true);
  run('jest/bin/jest.js', '--ci');
  execSync(parse(readFileSync(join(project, 'cdk8s.yaml'), 'utf8')).app, { cwd: project });
  const [file] = readdirSync(join(project, 'dist'));
  const kinds = parseAllDocuments(readFileSync(join(project, 'dist', file as string), 'utf8'), { uniqueKeys: false })
    .map((document) => (document.toJS() as { kind: string }).kind)
    .sort();
  expect(new Set(kinds)).toEqual(new Set(['ConfigMap', 'Job', 'NetworkPolicy', 'Pod', 'Service']));
});

test('it is built with the versions that this package is tested with', () => {
  const { devDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  expect(devDependencies).toMatchObject(VERSIONS);
});

test('it installs what this repository installs: neither the tool of cdk8s-plus nor a script at install', () => {
  const own = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  writeProject(join(folder, 'my-queue'), 'my-queue');
  const { overrides, allowScripts } = JSON.parse(readFileSync(join(folder, 'my-queue/package.json'), 'utf8'));
  expect(Object.keys(overrides)).not.toEqual([]);
  expect(own.overrides).toMatchObject(overrides);
  expect(own.allowScripts).toMatchObject(allowScripts);
});

test('a name that Kubernetes does not take is refused, and a folder that holds something or is none', () => {
  for (const name of ['', 'My-Queue', '1st', 'a_b', 'end-', 'a'.repeat(41), '../a']) {
    expect(() => writeProject(join(folder, 'new'), name)).toThrow(UsageError);
  }
  expect(readdirSync(folder)).toEqual([]);
  writeFileSync(join(folder, 'mine'), '');
  expect(() => writeProject(folder, 'my-queue')).toThrow(/holds something already/);
  expect(readdirSync(folder)).toEqual(['mine']);
  expect(() => writeProject(join(folder, 'mine'), 'my-queue')).toThrow(
    new UsageError(`${join(folder, 'mine')} is a file; name a folder`),
  );
});
