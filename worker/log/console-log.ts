import { ENV } from '../contract';
import { jsonLine } from './json-line';
import type { Entry, Log, Sink } from './log';
import { coloured, terminalHead, textLines } from './text-line';

/** How lines are written. */
export type LogFormat = 'json' | 'text';

type Environment = Readonly<Record<string, string | undefined>>;
interface Stream {
  readonly isTTY?: boolean | undefined;
}

/** The format that the environment asks for; text for people at a terminal, and JSON for what reads the log of a container. */
export function formatOf(env: Environment, stream: Stream = process.stdout): LogFormat {
  const asked = env[ENV.log];
  return asked === 'json' || asked === 'text' ? asked : stream.isTTY ? 'text' : 'json';
}

/** Lines to standard output, warnings to standard error. */
export const consoleLog: Log = {
  info: (line) => console.log(line),
  warn: (line) => console.warn(line),
};

/**
 * Writes to the console: as JSON to standard output, as text to standard output and, from warnings on, to standard error. On a
 * terminal, a text says when it was written and how much it matters.
 */
export function consoleSink(env: Environment): Sink {
  if (formatOf(env) === 'json') return (entry) => console.log(jsonLine(entry, new Date()));
  return (entry) => {
    const isWarning = entry.level === 'warn' || entry.level === 'error';
    const stream = isWarning ? process.stderr : process.stdout;
    const line = textFor(entry, stream, env);
    if (isWarning) console.warn(line);
    else console.log(line);
  };
}

function textFor(entry: Entry, stream: Stream, env: Environment): string {
  const { level } = entry;
  const paint = wantsColours(stream, env) ? (text: string) => coloured(level, text) : (text: string) => text;
  const lines = textLines(entry);
  if (!stream.isTTY) return lines.map(paint).join('\n');
  const head = paint(terminalHead(level, new Date()));
  return lines.map((line) => `${head} ${level === 'info' ? line : paint(line)}`).join('\n');
}

/** NO_COLOR takes colours away (https://no-color.org), FORCE_COLOR puts them into a pipe; of both, NO_COLOR wins. */
function wantsColours({ isTTY }: Stream, env: Environment): boolean {
  if (env.NO_COLOR) return false;
  if (env.FORCE_COLOR !== undefined) return env.FORCE_COLOR !== '0' && env.FORCE_COLOR !== 'false';
  return isTTY === true && env.TERM !== 'dumb';
}
