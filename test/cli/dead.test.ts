import { queueKeys } from '../../worker/contract';
import { useRedis } from '../redis-under-test';
import { deadLetter, leaveDeadLetters } from './dead-letters';
import { rwq as runRwq } from './rwq';

const under = useRedis();
const queue = 'job2';
const { dead, waiting } = queueKeys(queue);

const AT = Date.parse('2026-11-26T10:00:00Z');
const rwq = (...args: string[]) =>
  runRwq(['dead', ...args], { env: { REDIS_URL: under.server.url, WORK_QUEUE_NAME: queue } });

/** Five that a server refused, two that took too long, one that crashed its workers, one that is nothing. */
beforeEach(() => {
  const letter = (id: number, error: string, more: object = {}) => ({
    [id]: deadLetter(`item ${id}`, { error, at: AT + id * 60_000, ...more }),
  });
  const refused = [9, 3, 12, 7, 15].map((id) => letter(id, `Error: HTTP 503 for https://example.com/pages/${id}`));
  const slow = { worker: 'pod-7', duration: 30_120, stack: 'at fetchPage (pages.ts:41:11)\nat worker.ts:12:16' };
  const history = [
    { attempt: 1, at: AT, error: 'Error: HTTP 503', worker: 'pod-3', duration: 120 },
    { attempt: 2, at: AT + 1_000, error: 'its worker crashed', worker: 'pod-4' },
  ];
  const crashed = 'its worker crashed 3 times, the last time while it ran alone';
  return leaveDeadLetters(
    under.redis,
    queue,
    Object.assign(
      {},
      ...refused,
      letter(4, 'Error: connect ETIMEDOUT 10.0.0.1:5432', { ...slow, history }),
      letter(5, 'Error: connect ETIMEDOUT 10.0.0.2:5432', slow),
      letter(6, crashed, { reason: 'crash', worker: 'pod-9' }),
      letter(8, 'not JSON', { reason: 'invalid', attempts: 1 }),
    ),
  );
});

const ids = async () => (await under.redis.hkeys(dead)).map(Number).sort((a, b) => a - b);

describe('list', () => {
  test('--group counts them by what their errors have in common', async () => {
    expect((await rwq('list', '--group')).stdout.split('\n')).toEqual([
      '5 × Error: HTTP 503 for https://example.com/…  (handler; ids 3, 7, 9 …)',
      '2 × Error: connect ETIMEDOUT …  (handler; ids 4, 5)',
      '1 × its worker crashed 3 times, the last time while it ran alone  (crash; id 6)',
      '1 × not JSON  (invalid; id 8)',
      '',
    ]);
    expect((await rwq('list', '--group', '--limit', '1')).stdout.split('\n').slice(1)).toEqual([
      'and 4 dead letters of other kinds',
      '',
    ]);
    const { stdout } = await rwq('list', '--group', '--json', '--where', 'error~ETIMEDOUT');
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([{ kind: 'Error: connect ETIMEDOUT …', reason: 'handler', count: 2, ids: [4, 5] }]);
  });

  test('--where shows those for which all conditions hold', async () => {
    const some = async (...args: string[]) => {
      const { stdout } = await rwq('list', '--json', ...args);
      return (stdout.match(/(?<="id":)\d+/g) ?? []).map(Number).sort((a, b) => a - b);
    };
    expect(await some('--where', 'kind=Error: HTTP 503 for https://example.com/…')).toEqual([3, 7, 9, 12, 15]);
    expect(await some('--where', 'error~503', '--where', 'at>=2026-11-26T10:09')).toEqual([9, 12, 15]);
    expect(await some('--where', 'worker=pod-7', '--reason', 'handler')).toEqual([4, 5]);
    const none = await rwq('list', '--where', 'worker=pod-8');
    expect(none).toMatchObject({ code: 0, stdout: `${queue} has no dead letters that match.\n` });
  });

  test('a wrong condition is refused before anything is asked of Redis', async () => {
    for (const command of [['list'], ['retry'], ['drop', '--yes']]) {
      const { code, stderr } = await rwq(...command, '--where', 'error>5', '--url', 'redis://127.0.0.1:1');
      expect({ code, stderr }).toEqual({
        code: 2,
        stderr: expect.stringContaining('--where "error>5" is no condition'),
      });
    }
  });
});

test('show: where the last attempt was, and how those before it failed', async () => {
  expect((await rwq('show', '4')).stdout.split('\n')).toEqual([
    '  id         4',
    '  why        handler: the handler failed in every attempt, or called the item unrecoverable',
    '  attempts   3',
    '  when       2026-11-26T10:04:00.000Z',
    '  worker     pod-7',
    '  took       30 s',
    '  error      Error: connect ETIMEDOUT 10.0.0.1:5432',
    '  where      at fetchPage (pages.ts:41:11)',
    '             at worker.ts:12:16',
    '  before     attempt 1, 2026-11-26T10:00:00.000Z, pod-3, 120 ms: Error: HTTP 503',
    '             attempt 2, 2026-11-26T10:00:01.000Z, pod-4: its worker crashed',
    '  bytes      6',
    '',
    'item 4',
    '',
  ]);
  expect(JSON.parse((await rwq('show', '4', '--json')).stdout)).toMatchObject({
    worker: 'pod-7',
    duration: 30_120,
    history: [
      { attempt: 1, at: '2026-11-26T10:00:00.000Z', error: 'Error: HTTP 503', worker: 'pod-3', duration: 120 },
      { attempt: 2, at: '2026-11-26T10:00:01.000Z', error: 'its worker crashed', worker: 'pod-4' },
    ],
  });
});

describe('what a condition holds for', () => {
  test('is sent back only once that is confirmed', async () => {
    const asked = await rwq('retry', '--where', 'error~503');
    expect({ code: asked.code, stderr: asked.stderr }).toEqual({
      code: 2,
      stderr: expect.stringContaining(
        `Send 5 dead letters of ${queue} back to the front of the queue? There is no terminal`,
      ),
    });
    expect(await ids()).toHaveLength(9);
    const { code, stdout } = await rwq('retry', '--where', 'error~503', '--where', 'id<10', '--yes');
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: `3 dead letters of ${queue} go back to the front of the queue, with all attempts.\n`,
    });
    expect(await ids()).toEqual([4, 5, 6, 8, 12, 15]);
    expect((await under.redis.hkeys(waiting)).sort()).toEqual(['3', '7', '9']);
  });

  test('is dropped, likewise', async () => {
    expect((await rwq('drop', '--where', 'reason=invalid')).stderr).toContain(
      `Drop 1 dead letter of ${queue} for good?`,
    );
    const { stdout } = await rwq('drop', '--where', 'reason=invalid', '--yes', '--json');
    expect(JSON.parse(stdout)).toEqual({ queue, dropped: 1 });
    expect(await ids()).toEqual([3, 4, 5, 6, 7, 9, 12, 15]);
  });

  test('may be nothing', async () => {
    expect(await rwq('retry', '--where', 'worker=nobody')).toMatchObject({
      code: 0,
      stdout: `${queue} has no dead letters that match.\n`,
    });
    expect(await ids()).toHaveLength(9);
  });

  test.each([[['--all']], [['3']]])('goes with nothing else that says which: %j', async (more) => {
    const { code, stderr } = await rwq('retry', '--where', 'error~503', ...more);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('Which dead letters?') });
  });
});
