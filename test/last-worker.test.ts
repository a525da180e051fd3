import { StoreReader } from '../metrics/exporter';
import { stateOf } from '../worker';
import { rwq } from './cli/rwq';
import { useQueue } from './queue-under-test';
import { UiUnderTest } from './ui/ui-under-test';

// The clock of a queue stands still where nobody calls, so by that clock the lease of the last worker never ends.

const queue = useQueue();
const log = { info: () => {}, warn: () => {} };

test('the last worker, which has crashed, counts nowhere once a lease has passed', async () => {
  await queue.push('wait here', 'next');
  const env = { WORK_QUEUE_LEASE_MS: 1_000 };
  const worker = queue.start({ ...env, WORK_QUEUE_CONCURRENCY: 1 });
  await worker.line(/^started .*: wait here$/);
  const status = () => queue.withClient((client) => client.status());
  await queue.until('it counts', status, (now) => now.workerCount === 1 && stateOf(now) === 'running');
  worker.kill('SIGKILL');
  await worker.ended;
  await queue.until('it does not', status, (now) => now.workerCount === 0 && stateOf(now) === 'idle');

  const ui = await UiUnderTest.start(queue.server.url);
  const reader = new StoreReader({ store: { url: queue.server.url }, log });
  try {
    const said = (...args: string[]) => rwq(args, { env: { REDIS_URL: queue.server.url } });
    const [json, people, queues, page, metrics] = await Promise.all([
      said('status', '--json', '--queue', queue.name),
      said('status', '--queue', queue.name),
      said('queues', '--json'),
      ui.ask(`/api/queues/${queue.name}`),
      reader.read(),
    ]);
    expect(JSON.parse(json.stdout)).toMatchObject({ state: 'idle', leased: 1, rate: 0, workerCount: 0, workers: [] });
    expect(people.stdout).toContain('No worker is running for the 2 items left.');
    expect(JSON.parse(queues.stdout)).toMatchObject({ state: 'idle', running: 1, workers: 0 });
    expect(page.json).toMatchObject({ state: 'idle', running: 1, rate: 0, workers: 0, crew: [] });
    expect(metrics.queues.get(queue.name)?.standing).toMatchObject({ leased: 1, workerCount: 0 });
  } finally {
    await reader.close();
    await ui.close();
  }

  const next = queue.start(env);
  await queue.until('the next one counts', status, (now) => now.workers.some(({ session }) => session !== ''));
  await next.line(/^started .*: wait here$/);
});
