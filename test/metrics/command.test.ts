import { Rwq, rwq } from '../cli/rwq';
import { useQueue } from '../queue-under-test';
import { until } from '../until';

const queue = useQueue();
const env = () => ({ REDIS_URL: queue.server.url });

test('rwq metrics prints the metrics of all queues, or of those that are named, whatever queue the environment names', async () => {
  await queue.fill('apple', 'banana');
  const waiting = `redis_work_queue_items_waiting{queue="${queue.name}"} 2\n`;
  const all = await rwq(['metrics'], { env: { ...env(), WORK_QUEUE_NAME: 'another' } });
  expect(all).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining(waiting) });
  expect(all.stdout).toMatch(/\n$/);
  const named = await rwq(['metrics', '--once', '--queue', 'one', '-q', 'two'], { env: env() });
  expect(named.stdout).toContain('redis_work_queue_items_waiting{queue="one"} 0\n');
  expect(named.stdout).toContain('redis_work_queue_items_waiting{queue="two"} 0\n');
  expect(named.stdout).not.toContain(queue.name);
});

test('a Redis that does not answer is an error when they are printed', async () => {
  const ended = await rwq(['metrics', '--url', 'redis://127.0.0.1:1', '--timeout', '0.2']);
  expect(ended).toMatchObject({ code: 84, stdout: '', stderr: expect.stringContaining('did not answer') });
});

test('rwq metrics --listen serves them until it is stopped', async () => {
  await queue.fill('apple');
  const serving = new Rwq(['metrics', '--listen', '0'], { env: env() });
  const url = await until('it serves', () => /http:\S+\/metrics/.exec(serving.stderr)?.[0]);
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/metrics$/);
  expect(await (await fetch(url as string)).text()).toContain('redis_work_queue_store_up 1\n');
  const { host } = new URL(url as string);
  const taken = await rwq(['metrics', '--listen', host], { env: env() });
  expect(taken).toMatchObject({ code: 1, stderr: expect.stringContaining(`Cannot listen on ${host}: something else`) });
  serving.child.kill('SIGTERM');
  expect(await serving.ended).toMatchObject({ code: 143, stdout: '' });
});

test.each([
  [['--listen', 'localhost'], '--listen is "localhost"; give a port (9464), host:port'],
  [['--listen', '--once'], 'cannot be used with'],
  [['--queue', 'a{b}'], 'braces are not allowed'],
])('rwq metrics %j is refused', async (args, why) => {
  const ended = await rwq(['metrics', ...args], { env: env() });
  expect(ended).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(why) });
});
