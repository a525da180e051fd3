import { oneLine } from '../../worker/log';
import { confirm } from '../confirm';
import type { Context } from '../context';
import { left, type QueueOptions, requireQueue, total, withQueue } from '../queue';
import { table } from '../screen';
import { are, count, countOf, items, measure, payloadFields, payloadLine } from '../text';

interface CareOptions extends QueueOptions {
  readonly json?: boolean;
  readonly yes?: boolean;
}

export async function results(options: CareOptions, context: Context): Promise<void> {
  await withQueue(options, context, async (queue) => {
    await requireQueue(queue);
    const { out, colours } = context;
    const rows: string[][] = [];
    for await (const { id, result, payload } of queue.results()) {
      if (options.json) out(JSON.stringify({ id, result, ...payloadFields(payload) }));
      else
        rows.push([String(id), payloadLine(payload.subarray(0, 256), payload.length), oneLine(JSON.stringify(result))]);
    }
    if (options.json) return;
    if (rows.length === 0) {
      out(`${queue.queue.name} has no results; workers keep them if runWorker has \`results: true\`.`);
      return;
    }
    const { cut, widthOf } = await measure();
    rows.sort((a, b) => Number(a[0]) - Number(b[0]));
    const cells = rows.map(([id, item, result]) => [id, cut(item as string, 40), result] as string[]);
    const columns = process.stdout.columns || Number.POSITIVE_INFINITY;
    for (const [i, line] of table([['ID', 'ITEM', 'RESULT'], ...cells], widthOf)
      .split('\n')
      .entries()) {
      const fitting = cut(line, columns);
      out(i === 0 ? colours.dim(fitting) : fitting);
    }
  });
}

export async function pause(options: CareOptions, context: Context): Promise<void> {
  await withQueue(options, context, async (queue) => {
    await requireQueue(queue);
    await queue.pause();
    context.out(`${queue.queue.name} is paused: workers get no more items, and running items go on.`);
  });
}

export async function resume(options: CareOptions, context: Context): Promise<void> {
  await withQueue(options, context, async (queue) => {
    await requireQueue(queue);
    await queue.resume();
    context.out(`${queue.queue.name} hands out items again.`);
  });
}

export async function cancel(options: CareOptions, context: Context): Promise<void> {
  await withQueue(options, context, async (queue) => {
    await requireQueue(queue);
    const { name } = queue.queue;
    const before = await queue.status();
    const { workerCount, cancelled } = before;
    const at =
      workerCount > 0 ? ` ${countOf(workerCount, 'worker')} ${are(workerCount)} at it and will end with exit 80.` : '';
    const notDone = `${items(left(before))} ${are(left(before))} not done: those that wait are dropped, those that run are aborted.`;
    if (!cancelled) await confirm(`Cancel ${name} for good? ${notDone}${at}`, options.yes ?? false, context);
    const dropped = await queue.cancel();
    const after = await queue.status();
    if (options.json) {
      context.out(JSON.stringify({ queue: name, cancelled: after.cancelled, dropped, leased: after.leased }));
    } else if (after.cancelled) {
      const held =
        after.leased > 0
          ? ` ${items(after.leased)} ${are(after.leased)} still in the hands of workers, which are told to stop.`
          : '';
      context.out(`${name} is cancelled: ${items(dropped)} dropped.${held}`);
    } else context.out(`Nothing of ${name} is left to cancel.`);
  });
}

export async function purge(options: CareOptions, context: Context): Promise<void> {
  await withQueue(options, context, async (queue) => {
    await requireQueue(queue);
    const { name } = queue.queue;
    const status = await queue.status();
    const { dead, workerCount } = status;
    const at =
      workerCount > 0
        ? ` ${countOf(workerCount, 'worker')} ${are(workerCount)} at it and will end with "data lost".`
        : '';
    const notDone = left(status);
    const gone = `${items(total(status))}, of which ${count(notDone)} ${are(notDone)} not done and ${count(dead)} ${are(dead)} dead`;
    await confirm(`Purge ${name} for good? It holds the record of ${gone}.${at}`, options.yes ?? false, context);
    await queue.purge();
    context.out(`${name} is purged.`);
  });
}
