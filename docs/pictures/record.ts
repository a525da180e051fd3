import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { TerminalScreen } from './terminal-screen';

export const ROOT = join(__dirname, '../..');

export interface Recording {
  /** A program of Node, and its arguments. */
  readonly args: readonly string[];
  readonly columns: number;
  readonly rows: number;
  readonly env?: Readonly<Record<string, string>>;
  /** Ends the program without a picture. @default - nothing does */
  readonly stop?: AbortSignal;
  /** The picture is taken and the program ended once this is so. @default - when the program ends by itself */
  readonly until?: (text: readonly string[]) => boolean;
}

/**
 * Runs a program in a terminal, by `script` of util-linux.
 *
 * @returns the screen as the program left it, or as it was when `until` came true
 * @throws Error where the program fails, or ends before that
 */
export async function record({ args, columns, rows, env, stop, until }: Recording): Promise<TerminalScreen> {
  const screen = new TerminalScreen(columns, rows);
  const command = [process.execPath, ...args].map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
  const child = spawn(
    'script',
    [
      '--quiet',
      '--return',
      '--flush',
      '--command',
      `stty cols ${columns} rows ${rows} && exec ${command}`,
      '/dev/null',
    ],
    { cwd: ROOT, stdio: ['ignore', 'pipe', 'ignore'], env: { ...process.env, TERM: 'xterm-256color', ...env } },
  );
  stop?.addEventListener('abort', () => child.kill());
  const ended = once(child, 'close') as Promise<[number | null]>;
  try {
    for await (const output of child.stdout) {
      await screen.write(output as Buffer);
      if (until?.(screen.text)) return screen;
    }
    stop?.throwIfAborted();
    const [code] = await ended;
    if (code !== 0 || until) throw new Error(`${args.join(' ')} ended with ${code}:\n${screen.text.join('\n')}`);
    return screen;
  } finally {
    child.kill();
    await ended;
  }
}
