import { Rwq } from '../cli/rwq';
import { useQueue } from '../queue-under-test';
import { until } from '../until';

const queue = useQueue();

const start = (...more: string[]) =>
  new Rwq(['agent', '--queue', queue.name, '--url', queue.server.url, '--listen', '127.0.0.1:0', ...more], {
    env: { WORK_QUEUE_SETTLE_MS: '300' },
  });

const urlOf = (rwq: Rwq) => until('it listens', () => /http:\/\/[\w.:]+/.exec(rwq.stdout)?.[0]) as Promise<string>;

test('rwq agent hands items to whoever asks on this machine, and ends when the queue is drained', async () => {
  await queue.fill('apple');
  const rwq = start();
  const url = await urlOf(rwq);
  const post = (path: string) => fetch(`${url}${path}`, { method: 'POST' });
  const { take, payload } = (await (await post('/take')).json()) as { take: string; payload: string };
  expect(payload).toBe('apple');
  expect((await post(`/items/${take}/done?take`)).status).toBe(410);
  expect(await rwq.ended).toMatchObject({ code: 0, stdout: expect.stringContaining('Queue empty, all done') });
});

test('told to stop, it ends as the agent does', async () => {
  const rwq = start();
  await urlOf(rwq);
  rwq.child.kill('SIGTERM');
  expect((await rwq.ended).code).toBe(143);
});
