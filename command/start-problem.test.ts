import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startProblem } from './start-problem';

const failed = (code: string) => Object.assign(new Error(`spawn ${code}`), { code });
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'start-problem-'));
  writeFileSync(join(folder, 'tool'), '#!/nowhere/python\n');
  chmodSync(join(folder, 'tool'), 0o644);
});
afterAll(() => rmSync(folder, { recursive: true }));

test('a program that is not there', () => {
  expect(startProblem('ffmpeg', failed('ENOENT'), folder)).toEqual({
    of: 'program',
    text: `there is no program ffmpeg in the folders of PATH (${folder}); install it, use an image that has it, or give its path`,
  });
  expect(startProblem('./ffmpeg', failed('ENOENT'), folder).text).toContain('there is no program ./ffmpeg; install');
});

test('a program that is there and does not run', () => {
  const tool = join(folder, 'tool');
  expect(startProblem('tool', failed('ENOENT'), `/nowhere:${folder}`).text).toContain(
    `${tool} does not run: what its first line names is not there`,
  );
  expect(startProblem('tool', failed('EACCES'), folder).text).toContain(`${tool} may not be run; make it executable`);
  expect(startProblem(tool, failed('ENOEXEC'), folder)).toMatchObject({
    of: 'program',
    text: expect.stringContaining(`${tool} does not run (ENOEXEC)`),
  });
});

test('an item that is too long, and a machine without room', () => {
  expect(startProblem('tool', failed('E2BIG')).of).toBe('item');
  for (const code of ['EAGAIN', 'EMFILE', 'ENOMEM']) {
    expect(startProblem('/usr/bin/tool', failed(code))).toMatchObject({
      of: 'machine',
      text: expect.stringContaining(`tool could not be started (${code})`),
    });
  }
});
