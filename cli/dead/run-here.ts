import { startRedisServer } from '../../local/redis';
import { EXIT } from '../../worker/contract';
import { oneLine } from '../../worker/log';
import type { Context } from '../context';
import { CommandError } from '../failures';
import { type QueueOptions, queueName, requireQueue, withQueue } from '../queue';
import { prepareWorker, requireRedisServer } from '../run';
import { items, payloadFields, payloadLine } from '../text';
import { attemptHere, type Outcome } from './attempt-here';
import type { Letter } from './conditions';
import { took } from './letter-text';
import { letterOf } from './show';

export interface RunHereOptions extends QueueOptions {
  readonly inspect?: boolean;
  readonly settle?: boolean;
  readonly json?: boolean;
}

/** Runs the item of a dead letter once, on this machine, against a Redis of its own. */
export async function runHere(id: number, file: string, options: RunHereOptions, context: Context): Promise<number> {
  const { stop, out, note, colours } = context;
  requireRedisServer('dead run');
  const name = queueName(options.queue);
  const letter = await letterOf(id, options, context);
  await refuseFinalizer(letter, options, context);
  const program = await prepareWorker(file);
  const say = options.json ? note : out;
  let redis: Awaited<ReturnType<typeof startRedisServer>> | undefined;
  let outcome: Outcome;
  try {
    redis = await startRedisServer();
    stop.throwIfAborted();
    say(colours.bold(`Dead letter ${id} of ${name}: one attempt here, with a private Redis on port ${redis.port}`));
    const { inspect = false } = options;
    outcome = await attemptHere(letter, { queue: name, program, redis, inspect, say, stop });
  } finally {
    await redis?.stop();
    program.dispose();
  }
  if (!options.json) tell(outcome, file, context);
  const problem = options.settle ? unsettled(outcome) : undefined;
  const isSettled = Boolean(options.settle) && problem === undefined && (await settle(id, options, context));
  if (options.json) out(JSON.stringify(forJson(id, outcome, isSettled)));
  else if (isSettled) out(`It is booked as done: ${name} has no dead letter ${id} any more.`);
  else out(`The dead letter stays. \`rwq dead retry ${id}\` sends it back to the queue.`);
  if (problem && outcome.kind === 'done') throw new CommandError(problem);
  return exitCodeOf(outcome);
}

/** What runs at the end is no item, and has no payload that could run here. */
async function refuseFinalizer({ id, payload }: Letter, options: QueueOptions, context: Context): Promise<void> {
  if (payload.length > 0) return;
  await withQueue(options, context, async (queue) => {
    await requireQueue(queue);
    if ((await queue.status()).finalizer !== 'dead') return;
    throw new CommandError(
      `Dead letter ${id} is the finalizer, which runs in its queue alone. Mend it, then send it back: \`rwq dead retry ${id}\`.`,
    );
  });
}

/** Why it cannot be booked as done. */
function unsettled(outcome: Outcome): string | undefined {
  if (outcome.kind !== 'done') return 'It is not done.';
  if (outcome.adds.count > 0) {
    return `It is done, and is not booked as done: it adds ${items(outcome.adds.count)}, which only a worker of the queue can add. Send it back.`;
  }
  if (outcome.result) {
    return 'It is done, and is not booked as done: its worker keeps results, and this one would be missing. Send it back.';
  }
  return undefined;
}

async function settle(id: number, options: QueueOptions, context: Context): Promise<boolean> {
  const settled = await withQueue(options, context, (queue) => queue.settleDead([id]));
  if (settled === 0) context.note(`Dead letter ${id} was sent back or dropped meanwhile.`);
  return settled > 0;
}

function tell(outcome: Outcome, file: string, { out, colours }: Context): void {
  const after = 'duration' in outcome && outcome.duration !== undefined ? ` after ${took(outcome.duration)}` : '';
  out('');
  switch (outcome.kind) {
    case 'done': {
      out(colours.green(`Done${after}.`));
      if (outcome.result)
        out(`It returned ${oneLine(JSON.stringify(outcome.result.value))}, which the queue would keep.`);
      const { count, payloads } = outcome.adds;
      if (count > 0) out(`It would add ${items(count)}:`);
      for (const payload of payloads) out(`  ${payloadLine(payload.subarray(0, 256), payload.length)}`);
      if (count > payloads.length) out(`  and ${count - payloads.length} more`);
      return;
    }
    case 'failed':
      out(colours.red(`Failed${after}: ${oneLine(outcome.error)}`));
      for (const frame of outcome.stack?.split('\n') ?? []) out(`  ${oneLine(frame)}`);
      return;
    case 'later':
      out(colours.red('Its handler has put it off (RetryLater).'));
      return;
    case 'crashed':
      out(colours.red(`${file} ended with exit code ${outcome.exitCode} before the item was done.`));
  }
}

function forJson(id: number, outcome: Outcome, settled: boolean): object {
  const { kind, ...more } = outcome;
  if (outcome.kind !== 'done') return { id, outcome: kind, ...more, settled };
  const { duration, result, adds } = outcome;
  return {
    ...{ id, outcome: kind, duration },
    ...(result && { result: result.value }),
    ...(adds.count > 0 && { adds: adds.count, firstAdded: adds.payloads.map(payloadFields) }),
    settled,
  };
}

function exitCodeOf(outcome: Outcome): number {
  if (outcome.kind === 'done') return EXIT.drained;
  if (outcome.kind === 'crashed') return outcome.exitCode === EXIT.drained ? EXIT.configuration : outcome.exitCode;
  return EXIT.deadLetters;
}
