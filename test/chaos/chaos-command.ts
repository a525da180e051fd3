import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const PROGRAM = join(__dirname, '../../build/chaos/run.js');
const running = new Set<ChildProcess>();

/** Runs `npm run chaos`, and resolves with what it said. */
export async function chaos(...args: string[]): Promise<{ code: number | null; output: string; line: string }> {
  const child = spawn(process.execPath, [PROGRAM, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  running.add(child);
  let output = '';
  let errors = '';
  child.stdout.on('data', (text) => {
    output += text;
  });
  child.stderr.on('data', (text) => {
    errors += text;
  });
  const [code] = await once(child, 'close');
  running.delete(child);
  return { code, output: output + errors, line: output.trimEnd().split('\n').at(-1) ?? '' };
}

/** Ends what a failed test left running, the way Ctrl-C does. */
export async function endRuns(): Promise<void> {
  await Promise.all(
    [...running].map(async (child) => {
      const gone = once(child, 'exit');
      child.kill('SIGTERM');
      await gone;
    }),
  );
}
