import { oneLine } from '../../worker/log';
import type { Context } from '../context';
import { CommandError } from '../failures';
import { type QueueOptions, requireQueue, withQueue } from '../queue';
import { table } from '../screen';
import { count, measure, payloadLine, severalLines, utf8 } from '../text';
import type { Letter } from './conditions';
import { failureLine, forJson, took } from './letter-text';

export interface ShowOptions extends QueueOptions {
  readonly json?: boolean;
  readonly raw?: boolean;
}

const WHY = {
  handler: 'the handler failed in every attempt, or called the item unrecoverable',
  crash: 'its worker crashed each time',
  invalid: 'the payload does not fit the definition of the queue',
} as const;

export async function show(id: number, options: ShowOptions, context: Context): Promise<void> {
  const letter = await letterOf(id, options, context);
  const { out } = context;
  if (options.raw) process.stdout.write(letter.payload);
  else if (options.json) out(JSON.stringify(forJson(letter)));
  else await print(letter, context);
}

/** @throws CommandError none of the dead letters has this id */
export async function letterOf(id: number, options: QueueOptions, context: Context): Promise<Letter> {
  return withQueue(options, context, async (queue) => {
    await requireQueue(queue);
    const letter = await queue.deadLetter(id);
    if (letter) return letter;
    throw new CommandError(`${queue.queue.name} has no dead letter ${id}; \`rwq dead list\` lists those that exist.`);
  });
}

async function print(letter: Letter, { out, colours }: Context): Promise<void> {
  const { id, reason, attempts, at, error, stack, worker, duration, history, payload } = letter;
  const several = (label: string, lines: readonly string[]) =>
    lines.map((line, i) => [colours.dim(i === 0 ? label : ''), oneLine(line)]);
  const rows = [
    [colours.dim('id'), String(id)],
    [colours.dim('why'), `${reason}: ${WHY[reason]}`],
    [colours.dim('attempts'), String(attempts)],
    [colours.dim('when'), at.toISOString()],
    ...(worker === undefined ? [] : [[colours.dim('worker'), oneLine(worker)]]),
    ...(duration === undefined ? [] : [[colours.dim('took'), took(duration)]]),
    [colours.dim('error'), oneLine(error)],
    ...(stack ? several('where', stack.split('\n')) : []),
    ...several('before', history.map(failureLine)),
    [colours.dim('bytes'), count(payload.length)],
  ];
  out(table(rows, (await measure()).widthOf));
  const text = utf8(payload);
  out(`\n${text === undefined ? `${payloadLine(payload)}\nNot UTF-8; --raw writes the bytes.` : severalLines(text)}`);
}
