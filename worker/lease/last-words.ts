import { closeSync, writeSync } from 'node:fs';
import { HANG_GRACE, hangCharge } from '../attempt';
import { EXIT } from '../contract';
import { endExpression, writeTerminationMessage } from '../exit';
import type { Connection } from '../redis';
import { SCRIPTS } from '../scripts';
import type { HungItem } from './hang-watch';
import type { IncarnationName, LeaseThreadData } from './lease';

/** How long the main thread gets to end the process by itself, in ms. */
export const LAST_WORDS = 1_000;

/** What the lease thread knows of the worker whose main thread is stuck. */
export interface StuckWorker {
  readonly data: LeaseThreadData;
  readonly connection: Connection;
  readonly incarnation: IncarnationName | undefined;
  /** Name of the last answer that the main thread acted on. */
  readonly answer: number;
  /** For how many ms its process has been awake. */
  readonly awake: number;
}

/** The main thread is stuck: charge what it is stuck in, and give back the rest. */
export async function abandonHung({ inCall, suspected }: HungItem, worker: StuckWorker): Promise<void> {
  const { data, connection, incarnation, answer, awake } = worker;
  const { maxAttempts, backoff, itemTimeout } = data;
  const at = Date.now();
  const charge = suspected
    ? { crash: inCall.map((item) => item.id) }
    : hangCharge(
        itemTimeout,
        inCall.map(({ id, attempt, started }) => ({
          ...{ id, attempt, maxAttempts, backoff, at, duration: awake - started, worker: data.worker },
        })),
      );
  const { id: name = '', epoch = '' } = incarnation ?? {};
  const settled = connection.run(SCRIPTS.abandon, data.queue, [name, epoch, JSON.stringify(charge), answer]);
  await settled.catch(() => undefined);
}

/** The same, and the process ends. */
export async function endHungProcess(hung: HungItem, worker: StuckWorker): Promise<void> {
  const { itemTimeout, terminationLog } = worker.data;
  const others = hung.inCall.length > 1 ? ` (with ${hung.inCall.length - 1} more in its call)` : '';
  const line = `item ${hung.id}${others} did not return ${HANG_GRACE / 1_000} s after its timeout of ${itemTimeout / 1_000} s: ending the process (exit ${EXIT.handlerHung})`;
  try {
    writeSync(2, `${line}\n`);
  } catch {
    // Whoever read the log is gone.
  }
  writeTerminationMessage(terminationLog, line);
  await abandonHung(hung, worker);
  try {
    // Or else the inspector writes lines of its own.
    closeSync(2);
  } catch {
    // It was closed already.
  }
  const { Session } = await import('node:inspector');
  const session = new Session();
  session.connectToMainThread();
  session.post('Runtime.evaluate', { expression: endExpression(EXIT.handlerHung) });
  // A call that not even the inspector can interrupt.
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), LAST_WORDS);
}
