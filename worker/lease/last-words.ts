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

/** The main thread is stuck: charge what it is stuck in, give back the rest, end the process. */
export async function endHungProcess(
  { id, attempt, suspected }: HungItem,
  data: LeaseThreadData,
  connection: Connection,
  incarnation: IncarnationName | undefined,
  answer: number,
): Promise<void> {
  const { maxAttempts, backoff, itemTimeout } = data;
  const charge = suspected
    ? { crash: [id] }
    : hangCharge(itemTimeout, { id, attempt, maxAttempts, backoff, at: Date.now() });
  const line = `item ${id} did not return ${HANG_GRACE / 1_000} s after its timeout of ${itemTimeout / 1_000} s: ending the process (exit ${EXIT.handlerHung})`;
  try {
    writeSync(2, `${line}\n`);
  } catch {
    // Whoever read the log is gone.
  }
  writeTerminationMessage(data.terminationLog, line);
  const { id: worker = '', epoch = '' } = incarnation ?? {};
  const settled = connection.run(SCRIPTS.abandon, data.queue, [worker, epoch, JSON.stringify(charge), answer]);
  await settled.catch(() => undefined);
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
