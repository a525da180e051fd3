import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Env, QueueUnderTest } from '../queue-under-test';
import type { WorkerProcess } from '../worker-process';

/** The program of a worker that runs commands. */
export const PROGRAM = join(__dirname, '../../build/command.js');

/** Starts a worker that runs a command for each item: options, `--`, words. */
export function startCommand(of: QueueUnderTest, args: readonly string[], env: Env = {}): WorkerProcess {
  const all = [PROGRAM, ...args];
  return of.start(env, { nodeArgs: all.slice(0, -1), program: all.at(-1) as string });
}

/** What items have come to as results, by payload. */
export async function resultsOf(of: QueueUnderTest): Promise<Record<string, unknown>> {
  const results: Record<string, unknown> = {};
  await of.withClient(async (client) => {
    for await (const { payload, result } of client.results()) results[Buffer.from(payload).toString()] = result;
  });
  return results;
}

/** The dead letters, in order. */
export function deadLettersOf(of: QueueUnderTest) {
  return of.withClient(async (client) => {
    const letters = [];
    for await (const letter of client.deadLetters()) letters.push(letter);
    return letters.sort((a, b) => a.id - b.id);
  });
}

/** Whether a process is there, and no zombie. */
export function isAlive(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.charAt(stat.lastIndexOf(')') + 2) !== 'Z';
  } catch {
    return false;
  }
}
