import { expectEnding, useQueue } from '../queue-under-test';
import { deadLettersOf, resultsOf, startCommand } from './command-under-test';

const q = useQueue();

const NASTY = [
  'two words',
  "it's",
  '"quoted" \\ and `id`',
  '$(id) $HOME `id`',
  'a;b|c&d>e<f*?[g]{h}',
  'two\nlines',
  '-rf',
  '--',
  '🍎 猫',
  '{id} {}',
  ' ',
  '',
];

test('items reach the program as they are, whatever they hold', async () => {
  await q.fill(...NASTY);
  const show = 'printf "<%s>" "$@"';
  const worker = startCommand(q, ['--results', '--', 'sh', '-c', show, 'sh', '{}', 'pre-{}-post'], {
    WORK_QUEUE_CONCURRENCY: 4,
  });
  await expectEnding(worker, 0, 'Queue empty, all done');
  expect(await resultsOf(q)).toEqual(Object.fromEntries(NASTY.map((item) => [item, `<${item}><pre-${item}-post>`])));
});

test('an item is the last word where there is no place for it, and its number and attempt stand where they are asked for', async () => {
  await q.fill('apple');
  const worker = startCommand(q, ['--', 'echo', 'item {id}, attempt {attempt}:']);
  await expectEnding(worker, 0, 'all done');
  expect(worker.lines).toContain('[1] item 1, attempt 1: apple');
});

test('the process is told its item by its environment, and nothing of the store', async () => {
  await q.fill('apple');
  const worker = startCommand(q, ['--', 'sh', '-c', 'env'], {
    REDIS_PASSWORD_FILE: '',
    SETTING: 'kept',
    WORK_ITEM_QUEUE: 'other',
  });
  await expectEnding(worker, 0, 'all done');
  const variables = worker.lines.flatMap((line) => /^\[1\] (.*)$/.exec(line)?.[1] ?? []);
  expect(variables).toEqual(
    expect.arrayContaining([
      ...['WORK_ITEM=apple', 'WORK_ITEM_ID=1', 'WORK_ITEM_ATTEMPT=1', `WORK_ITEM_QUEUE=${q.name}`, 'SETTING=kept'],
      expect.stringMatching(/^WORK_ITEM_TOKEN=\d{16}-/),
    ]),
  );
  expect(variables.filter((each) => each.startsWith('REDIS_'))).toEqual([]);
});

test('standard input ends at once, so that no program waits for it or takes it from another', async () => {
  await q.fill('apple');
  const worker = startCommand(q, ['--', 'sh', '-c', 'cat; echo "and $1"', 'sh']);
  await expectEnding(worker, 0, 'all done');
  expect(worker.lines).toContain('[1] and apple');
});

describe('--input stdin', () => {
  test('gives the payload byte for byte, and appends nothing', async () => {
    const bytes = Buffer.from([0, 255, 10, 0, 128]);
    await q.push(bytes, 'apple\n', '');
    await q.withClient((client) => client.seal());
    const sum = 'echo "$#, $(od -An -tx1 | tr -d " \\n")"';
    const worker = startCommand(q, ['--input', 'stdin', '--results', '--', 'sh', '-c', sum, 'sh']);
    await expectEnding(worker, 0, 'all done');
    expect(Object.values(await resultsOf(q)).sort()).toEqual(['0, ', '0, 00ff0a0080', '0, 6170706c650a']);
  });

  test('takes payloads that no argument could hold, and a program that reads none of it', async () => {
    await q.fill('x'.repeat(1_000_000), 'y'.repeat(300_000));
    const worker = startCommand(q, ['--input', 'stdin', '--', 'sh', '-c', '[ "{id}" = 2 ] || wc -c']);
    await expectEnding(worker, 0, 'all done');
    expect(worker.lines.some((line) => /^\[1\] +1000000$/.test(line))).toBe(true);
  });
});

test('a payload that cannot be an argument is not run, and its dead letter says what to do', async () => {
  await q.push('a\0b', Buffer.from([0xff]), 'x'.repeat(131_072));
  await q.withClient((client) => client.seal());
  const worker = startCommand(q, ['--', 'echo', 'ran']);
  await expectEnding(worker, 80, '3 items are dead letters');
  const letters = await deadLettersOf(q);
  expect(letters.map(({ error, attempts }) => [error, attempts])).toEqual([
    [
      expect.stringContaining('cannot be an argument: it has a zero byte; let the command read it, with --input stdin'),
      1,
    ],
    [expect.stringContaining('cannot be an argument: it is not UTF-8'), 1],
    [expect.stringContaining('a word has 131072 bytes, and the kernel takes 131071 in one'), 1],
  ]);
  expect(worker.lines.filter((line) => line.includes('ran'))).toEqual([]);
});

test('standard output is the result: JSON, or text; an attempt that has more than may be kept fails', async () => {
  await q.fill('{"a":[1]}', 'plain\n', 'bytes');
  const out = 'if [ "$1" = bytes ]; then printf "\\377"; else printf "%s" "$1"; fi; echo to the log >&2';
  const env = { WORK_QUEUE_MAX_ATTEMPTS: 1 };
  const worker = startCommand(q, ['--results', '--', 'sh', '-c', out, 'sh'], env);
  await expectEnding(worker, 80, '1 item is a dead letter');
  expect(await resultsOf(q)).toEqual({ '{"a":[1]}': { a: [1] }, 'plain\n': 'plain' });
  expect((await deadLettersOf(q))[0]?.error).toContain('sh wrote something else than UTF-8 to standard output');
  expect(worker.count('] to the log')).toBe(3);
});

test('lines of both streams are in the log, with the item and their level', async () => {
  await q.fill('apple');
  const worker = startCommand(q, ['--', 'sh', '-c', 'echo out; echo err >&2; printf "1 %%\\r2 %%\\rno end"'], {
    WORK_QUEUE_LOG: 'json',
  });
  expect((await worker.ended).code).toBe(0);
  const lines = worker.lines.map((line) => JSON.parse(line)).filter(({ id }) => id === 1);
  expect(lines.map(({ level, msg }) => [level, msg]).sort()).toEqual([
    ['debug', 'err'],
    ['info', 'no end'],
    ['info', 'out'],
  ]);
});

test('a megabyte of standard error and many lines pass', async () => {
  await q.fill('apple');
  const flood = 'head -c 1048576 /dev/zero | tr "\\0" e >&2; seq 20000; echo the end >&2; exit 1';
  const worker = startCommand(q, ['--', 'sh', '-c', flood], { WORK_QUEUE_MAX_ATTEMPTS: 1 });
  await expectEnding(worker, 80, 'dead letter');
  const numbers = worker.lines.flatMap((line) => /^\[1\] (\d+)$/.exec(line)?.[1] ?? []);
  expect(numbers).toEqual(Array.from({ length: 20_000 }, (_, i) => String(i + 1)));
  expect(worker.lines.reduce((sum, line) => sum + (/^\[1\] (e+)/.exec(line)?.[1]?.length ?? 0), 0)).toBe(1_048_576);
  const [letter] = await deadLettersOf(q);
  expect(letter?.stack).toMatch(/^stderr:\ne+the end$/);
  expect(letter?.stack?.length).toBeGreaterThan(1_900);
});
