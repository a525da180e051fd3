import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runInMemory } from '../testing';
import { defineQueue } from '../worker';
import { EXIT } from '../worker/contract';
import { useQueue } from './queue-under-test';
import { until } from './until';
import type { WorkerProcess } from './worker-process';

const queue = useQueue();
const program = join(__dirname, 'workers/logs.js');
const json = { WORK_QUEUE_LOG: undefined, WORK_QUEUE_WORKER: 'pod-1', WORK_QUEUE_CONCURRENCY: 1 };
// biome-ignore lint/suspicious/noExplicitAny: what a line says
const objects = (worker: WorkerProcess): any[] => worker.lines.map((line) => JSON.parse(line));

test('off a terminal each line is a JSON object that says which item it is of', async () => {
  await queue.fill('say');
  const worker = queue.start(json, { program });
  await worker.ended;
  const lines = objects(worker);
  const base = { queue: queue.name, worker: 'pod-1' };
  for (const line of lines) expect(line).toMatchObject({ time: expect.stringMatching(/^20.*Z$/), ...base });
  const item = { ...base, id: 1, attempt: 1 };
  expect(lines.filter(({ id }) => id === 1)).toEqual([
    { time: expect.any(String), level: 'info', msg: 'one\ntwo', ...item, width: 3, fields: { id: 'own' } },
    { time: expect.any(String), level: 'debug', msg: 'looked', ...item },
    {
      ...{ time: expect.any(String), level: 'error', msg: 'no upload', ...item },
      err: expect.objectContaining({ type: 'TypeError', cause: expect.objectContaining({ message: 'gone' }) }),
    },
  ]);
  expect(lines.at(-1)).toMatchObject({ level: 'info', exit: 0, done: 1, msg: expect.stringContaining('all done') });
});

test.each([
  ['json', undefined],
  ['text', 'text'],
])('equal failures are said once, and counted (%s)', async (_, format) => {
  const many = 400;
  const items = Array.from({ length: many }, (_, i) => `fail ${i === 7 ? 404 : 503} ${i}`);
  await queue.fill(...items);
  const worker = queue.start({ ...json, WORK_QUEUE_LOG: format, WORK_QUEUE_MAX_ATTEMPTS: 2 }, { program });
  expect(await worker.ended).toMatchObject({ code: EXIT.deadLetters });
  const lines = format === 'text' ? worker.lines : objects(worker).map(({ msg }) => msg as string);
  const of = (pattern: RegExp) => lines.filter((line) => pattern.test(line));
  expect(of(/attempt 1 of 2 failed.*HTTP 503/)).toHaveLength(1);
  expect(of(/dead letter \(handler\) after 2 attempts: Error: HTTP 503/)).toHaveLength(1);
  expect(of(/attempt 1 of 2 failed.*HTTP 404/)).toHaveLength(1);
  expect(of(/dead letter \(handler\) after.*HTTP 404/)).toHaveLength(1);
  const more = (what: string) =>
    lines.reduce(
      (sum, line) => sum + Number(new RegExp(`^(\\d+) more: ${what}: Error: HTTP 503`).exec(line)?.[1] ?? 0),
      0,
    );
  expect(more('attempt failed')).toBe(many - 2);
  expect(more('dead letter \\(handler\\)')).toBe(many - 2);
  expect(lines.length).toBeLessThan(30);
  if (format === 'text') return;
  expect(objects(worker)).toContainEqual(
    expect.objectContaining({
      ...{ level: 'error', id: 1, attempt: 2, duration: expect.any(Number) },
      err: { type: 'Error', message: 'HTTP 503 for https://example.com/0', stack: expect.stringContaining('logs.js') },
    }),
  );
});

test('pino writes what a worker has to say', async () => {
  await queue.fill('say', 'fail 503 a');
  const worker = queue.start({ ...json, LOG: 'pino', WORK_QUEUE_MAX_ATTEMPTS: 1 }, { program });
  await worker.ended;
  expect(objects(worker)).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ level: 30, msg: 'one\ntwo', id: 1, width: 3, queue: queue.name }),
      expect.objectContaining({
        level: 50,
        msg: expect.stringContaining('dead letter (handler)'),
        err: expect.objectContaining({ type: 'Error', message: 'HTTP 503 for https://example.com/a' }),
      }),
    ]),
  );
});

describe('hooks', () => {
  const HUNG = 'ItemTimeoutError: did not return 5000 ms after its timeout of 400 ms';
  const called = async (env: object) => {
    await queue.fill('say', 'fail 503 a');
    const worker = queue.start({ ...json, HOOKS: 'list', WORK_QUEUE_MAX_ATTEMPTS: 2, ...env }, { program });
    await worker.ended;
    return objects(worker).find(({ msg }) => msg === 'hooks').hooksCalled;
  };
  const failure = 'HTTP 503 for https://example.com/a';

  test('hear of each attempt', async () => {
    expect(await called({})).toEqual([
      ['start', 1, 1, 'say'],
      ['done', 1, 1, 'say', true],
      ['start', 2, 1, 'fail 503 a'],
      ['error', 2, 1, 'fail 503 a', failure, true, true],
      ['start', 2, 2, 'fail 503 a'],
      ['error', 2, 2, 'fail 503 a', failure, true, false],
    ]);
  });

  test('hear of each item of a batch', async () => {
    expect(await called({ BATCH: '1' })).toEqual([
      ['start', 1, 1, 'say'],
      ['start', 2, 1, 'fail 503 a'],
      ['done', 1, 1, 'say', true],
      ['error', 2, 1, 'fail 503 a', failure, true, true],
      ['start', 2, 2, 'fail 503 a'],
      ['error', 2, 2, 'fail 503 a', failure, true, false],
    ]);
  });

  test.each([
    ['a handler', {}, [[1, 1, 'hang', HUNG, true, true]]],
    [
      'a batch',
      { BATCH: '1' },
      [
        [1, 1, 'hang', HUNG, true, true],
        [2, 1, 'say', HUNG, true, true],
      ],
    ],
  ])('hear of %s that hangs, before the process ends', async (_, env, expected) => {
    await queue.fill('hang', 'say');
    const limits = { WORK_QUEUE_ITEM_TIMEOUT_MS: 400, WORK_QUEUE_MAX_ATTEMPTS: 2 };
    const worker = queue.start({ ...json, HOOKS: 'write', ...limits, ...env }, { program });
    expect(await worker.ended).toMatchObject({ code: EXIT.handlerHung });
    expect(objects(worker).flatMap(({ hook }) => hook ?? [])).toEqual(expected.flat());
  });

  test('that throw are warned of once, and change nothing', async () => {
    await queue.fill('say', 'say', 'fail 503 a');
    const worker = queue.start({ ...json, HOOKS: 'broken', WORK_QUEUE_MAX_ATTEMPTS: 2 }, { program });
    expect(await worker.ended).toMatchObject({ code: EXIT.deadLetters });
    const warnings = objects(worker).filter(({ msg }) => msg.startsWith('the hook '));
    expect(warnings.map(({ msg }) => /the hook (\w+) threw.*a broken hook/.exec(msg)?.[1]).sort()).toEqual([
      'onDone',
      'onError',
      'onStart',
    ]);
    expect(objects(worker).at(-1)).toMatchObject({ done: 2, dead: 1 });
  });
});

test('a worker whose reader is slow loses no line at its end', async () => {
  const lines = 500;
  await queue.fill(`write ${lines}`);
  const folder = mkdtempSync(join(tmpdir(), 'logs-'));
  const last = join(folder, 'termination-log');
  const { PATH } = process.env;
  const env = { PATH, QUEUE: queue.name, REDIS_URL: queue.server.url, WORK_QUEUE_TERMINATION_LOG: last };
  const worker = spawn(process.execPath, [program], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  // It is about to exit before anything is read, by which time the pipe is long full.
  await until('the last line is written', () => existsSync(last));
  let text = '';
  worker.stdout.setEncoding('utf8').on('data', (chunk) => {
    text += chunk;
  });
  expect(await once(worker, 'close')).toEqual([0, null]);
  const read = text.trimEnd().split('\n');
  expect(read.filter((line) => JSON.parse(line).id === 1)).toHaveLength(lines);
  expect(JSON.parse(read.at(-1) as string)).toMatchObject({ exit: 0, done: 1 });
});

test('a handler under test logs as it does in a worker', async () => {
  const log = { info: jest.fn(), warn: jest.fn() };
  const run = await runInMemory(
    defineQueue({ name: 'fruit' }),
    (_, context) => {
      context.log('cut', { width: 3 });
      context.log.warn('soft');
    },
    { items: ['apple'], log },
  );
  expect(run.log).toEqual(['[1] cut width=3', '[1] soft']);
  expect(log.info.mock.calls).toEqual([['[1] cut', { id: 1, attempt: 1, width: 3 }]]);
  expect(log.warn.mock.calls).toEqual([['[1] soft']]);
});
