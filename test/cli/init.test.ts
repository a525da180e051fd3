import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rwq } from './rwq';

test('init writes a project, names it after its folder, and touches nothing that is there', async () => {
  const cwd = mkdtempSync(join(tmpdir(), 'rwq-init-'));
  const first = await rwq(['init', 'my-queue'], { cwd });
  expect(first).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('npm install') });
  expect(readdirSync(join(cwd, 'my-queue'))).toEqual(expect.arrayContaining(['main.ts', 'worker.ts', 'package.json']));
  expect(JSON.parse(readFileSync(join(cwd, 'my-queue', 'package.json'), 'utf8')).name).toBe('my-queue');

  // A label of the chart wins over those that describe its pods, so the README selects by none of them.
  expect(readFileSync(join(cwd, 'my-queue', 'README.md'), 'utf8')).not.toContain('app.kubernetes.io/');

  const again = await rwq(['init', 'my-queue'], { cwd });
  expect(again).toMatchObject({ code: 2, stderr: expect.stringContaining('my-queue holds something already') });
  const named = await rwq(['init', 'other', '--name', 'No Name'], { cwd });
  expect(named).toMatchObject({ code: 2, stderr: expect.stringContaining('cannot name a project') });
  expect(readdirSync(cwd)).toEqual(['my-queue']);
  const spaced = await rwq(['init', "it's here", '--name', 'other'], { cwd });
  expect(spaced).toMatchObject({ code: 0, stdout: expect.stringContaining("cd 'it'\\''s here'\n") });
  rmSync(cwd, { recursive: true });
});
