import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { EXIT } from '../worker/contract';
import { rwq } from './cli/rwq';
import { useQueue } from './queue-under-test';

const program = join(__dirname, 'workers', 'errors.js');
const queue = useQueue();

/** An address at which nobody listens any more. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const dead = (...args: string[]) =>
  rwq(['dead', ...args], { env: { REDIS_URL: queue.server.url, WORK_QUEUE_NAME: queue.name } });

test('why a fetch failed, and where, stands in the log, in the list of dead letters, and with the letter', async () => {
  const port = await closedPort();
  await queue.fill(`fetch http://127.0.0.1:${port}/`);
  const worker = queue.start({ WORK_QUEUE_MAX_ATTEMPTS: 2 }, { program });
  expect(await worker.ended).toMatchObject({ code: EXIT.deadLetters });

  const why = `Error: no page, caused by TypeError: fetch failed, caused by Error: connect ECONNREFUSED 127.0.0.1:${port}`;
  const lines = worker.lines.filter((line) => line.startsWith('[1] ') && line.includes(why));
  expect(lines).toEqual([
    expect.stringMatching(/^\[1\] attempt 1 of 2 failed, .* \(at fetchPage \(\/.*errors\.js:\d+:\d+\)\)$/),
    expect.stringMatching(/^\[1\] dead letter \(handler\) after 2 attempts: .* \(at fetchPage \(\/.*\)\)$/),
  ]);
  expect((await dead('list')).stdout.split('\n')).toHaveLength(3);
  expect((await dead('list')).stdout).toContain(why);
  const { stdout } = await dead('show', '1');
  expect(stdout).toContain(`error      ${why}\n`);
  expect(stdout).toMatch(/where {6}at fetchPage \(.*errors\.js:15:\d+\)\n +at async pagesOf \(.*errors\.js:24:\d+\)\n/);
  expect(JSON.parse((await dead('show', '1', '--json')).stdout)).toMatchObject({
    error: why,
    stack: expect.stringMatching(/^at fetchPage/),
  });
});

test('line breaks split neither an entry of the log nor a row of the list', async () => {
  await queue.fill('lines');
  const worker = queue.start({ WORK_QUEUE_MAX_ATTEMPTS: 1 }, { program });
  const { summary } = await worker.ended;
  const ofItem = worker.lines.filter((line) => /two|lines of|one|Working|end$/.test(line) && line !== summary);
  expect(ofItem).toEqual([
    '[1] two',
    '[1] lines of lines',
    expect.stringMatching(
      /^\[1\] dead letter \(handler\) after 1 attempt: Error: one\\nWorking on something else\\r\\nred\\u2028end \(at pagesOf \(/,
    ),
  ]);
  expect((await dead('list')).stdout.trimEnd().split('\n')).toHaveLength(2);
  const { stdout } = await dead('show', '1');
  expect(stdout).toMatch(/error {6}Error: one\\nWorking on something else\\r\\nred\\u2028end\n/);
});

test('an uncaught error has its causes and its frames, a line each', async () => {
  const port = await closedPort();
  await queue.fill(`uncaught http://127.0.0.1:${port}/`);
  const worker = queue.start({ WORK_QUEUE_MAX_ATTEMPTS: 1 }, { program });
  const { code, summary, terminationMessage } = await worker.ended;
  const why = `Error: no page, caused by TypeError: fetch failed, caused by Error: connect ECONNREFUSED 127.0.0.1:${port}`;
  expect({ code, summary }).toEqual({
    code: EXIT.unexpected,
    summary: expect.stringContaining(`uncaught error: ${why} (exit`),
  });
  expect(terminationMessage).toContain(why);
  expect(worker.lines).toContain(`uncaught: ${why}`);
  expect(worker.lines.join('\n')).toMatch(/^ {4}at .*fetchPage .*errors\.js:15:\d+\)$/m);
});

test('so has one that ends a filler', async () => {
  const port = await closedPort();
  const filler = queue.start({ FILL: `http://127.0.0.1:${port}/`, WORK_QUEUE_RUN: undefined }, { program });
  const { code, summary } = await filler.ended;
  const why = `Error: no page, caused by TypeError: fetch failed, caused by Error: connect ECONNREFUSED 127.0.0.1:${port}`;
  expect({ code, summary }).toEqual({
    code: EXIT.unexpected,
    summary: `Unexpected: ${why}; the queue is not sealed (exit 1)`,
  });
  expect(filler.lines).toContain(`unexpected: ${why}`);
});
