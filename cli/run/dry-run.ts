import { fillWord, fillWords, hasPlace, payloadText, wordProblem } from '../../command';
import { oneLine } from '../../worker/log';
import type { Context } from '../context';
import { CLI_EXIT } from '../exit-codes';
import type { ItemSource } from '../fill';
import { shellWord } from '../text';
import type { CommandOfRun } from './command-of-run';
import { plainWord, shellLine } from './shell-command';

/** Prints what would be run for each item, a line each, as a shell takes it. */
export async function dryRun(command: CommandOfRun, source: ItemSource, { out, note }: Context): Promise<number> {
  let id = 0;
  for await (const payload of source.items()) {
    const line = lineOf(command, payload, ++id);
    if ('problem' in line) note(`item ${id} would not be run: ${line.problem}`);
    else out(process.stdout.isTTY ? oneLine(line.text) : line.text);
  }
  return CLI_EXIT.ok;
}

type Line = { readonly text: string } | { readonly problem: string };

function lineOf({ exec, spec }: CommandOfRun, payload: Uint8Array, id: number): Line {
  const { words, input } = spec;
  const isRead = input === 'stdin';
  const read = payloadText(payload);
  if ('problem' in read && (!isRead || words.some(hasPlace))) return read;
  const text = 'text' in read ? read.text : '';
  const filling = { text, id, attempt: 1 };
  const filled = fillWords(words, filling, !isRead);
  const problem = filled.map(wordProblem).find((each) => each !== undefined);
  if (problem) return { problem };
  const numbered = { ...filling, text: '{}' };
  const line = exec === undefined ? filled.map(plainWord).join(' ') : shellLine(fillWord(exec, numbered), input, text);
  if (!isRead) return { text: line };
  const piped = exec === undefined ? line : `sh -c ${shellWord(line)}`;
  return { text: `printf ${'problem' in read ? bytesWord(payload) : `%s ${shellWord(text)}`} | ${piped}` };
}

/** Bytes that are no text, as `printf` writes them. */
function bytesWord(payload: Uint8Array): string {
  return `'${Array.from(payload, (byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('')}'`;
}
