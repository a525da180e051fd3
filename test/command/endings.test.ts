import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expectEnding, useQueue } from '../queue-under-test';
import { deadLettersOf, PROGRAM, startCommand } from './command-under-test';

const q = useQueue();

/** Each item is an exit code; what it says is about that. */
const EXITS = ['sh', '-c', 'echo "about $1" >&2; exit "$1"', 'sh'];

test('exit codes are done, tried again, given up or put off', async () => {
  await q.fill('0', '1', '65', '3');
  const worker = startCommand(q, ['--dead', '65,66', '--', ...EXITS], { WORK_QUEUE_MAX_ATTEMPTS: 2 });
  await expectEnding(worker, 80, '3 items are dead letters');
  const letters = await deadLettersOf(q);
  expect(letters.map(({ error, attempts, stack }) => [error, attempts, stack])).toEqual([
    ['Error: sh ended with 1: about 1', 2, 'stderr:\nabout 1'],
    ['UnrecoverableError: sh ended with 65: about 65', 1, 'stderr:\nabout 65'],
    ['Error: sh ended with 3: about 3', 2, 'stderr:\nabout 3'],
  ]);
});

test('an item that is put off comes again, uncharged', async () => {
  await q.fill('apple');
  const folder = mkdtempSync(join(tmpdir(), 'command-'));
  const twice = `cd "${folder}"; [ -e 2 ] && echo "attempt {attempt}" && exit 0; [ -e 1 ] && touch 2; touch 1; exit 75`;
  const worker = startCommand(q, ['--later-in', '10', '--', 'sh', '-c', twice], { WORK_QUEUE_MAX_ATTEMPTS: 1 });
  await expectEnding(worker, 0, 'all done');
  rmSync(folder, { recursive: true });
  expect(worker.lines).toContain('[1] attempt 1');
});

test('a signal is a failed attempt, and is named', async () => {
  await q.fill('apple');
  const worker = startCommand(q, ['--', 'sh', '-c', 'kill -s SEGV $$'], { WORK_QUEUE_MAX_ATTEMPTS: 1 });
  await expectEnding(worker, 80, 'dead letter');
  expect((await deadLettersOf(q))[0]?.error).toBe('Error: sh was killed by SIGSEGV');
});

describe('a command that cannot run ends the worker with 81, and charges no item', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'command-'));
    const tool = (name: string, text: string, mode = 0o755) => {
      writeFileSync(join(folder, name), text);
      chmodSync(join(folder, name), mode);
    };
    tool('no-interpreter', '#!/nowhere/python\n');
    tool('not-executable', '#!/bin/sh\n', 0o644);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test.each([
    ['convrt', () => ['convrt', '{}'], 'there is no program convrt in the folders of PATH'],
    ['a path', () => ['/nowhere/tool'], 'there is no program /nowhere/tool; install it, use an image that has it'],
    ['an interpreter', () => [join(folder, 'no-interpreter')], 'does not run: what its first line names is not there'],
    ['a mode', () => [join(folder, 'not-executable')], 'may not be run; make it executable'],
    [
      'in a shell',
      () => ['sh', '-c', 'convrt "$1"', 'sh'],
      'sh ended with 127, which says that a program is not there: sh: 1: convrt: not found',
    ],
  ])('%s', async (_, words, why) => {
    await q.fill('apple', 'banana', 'cherry');
    const worker = startCommand(q, ['--', ...words()], { WORK_QUEUE_CONCURRENCY: 2, WORK_QUEUE_MAX_ATTEMPTS: 1 });
    await expectEnding(worker, 81, why);
    expect(await q.attempts()).toEqual({});
    const { waiting, retrying, dead, leased } = await q.withClient((client) => client.status());
    expect({ left: waiting + retrying + leased, dead }).toEqual({ left: 3, dead: 0 });
  });
});

test('a program that an item misses after others have run is a failed attempt', async () => {
  await q.fill('true', 'convrt');
  const worker = startCommand(q, ['--', 'sh', '-c', '"$1"', 'sh'], { WORK_QUEUE_MAX_ATTEMPTS: 1 });
  await expectEnding(worker, 80, '1 item is a dead letter');
  expect((await deadLettersOf(q))[0]?.error).toContain('ended with 127, which says that a program is not there');
});

test("a program that an item names, and that is not there, is that item's end alone", async () => {
  await q.fill('convrt', 'true');
  const worker = startCommand(q, ['--', '{}']);
  await expectEnding(worker, 80, '1 item is a dead letter');
  expect(await deadLettersOf(q)).toMatchObject([{ attempts: 1, error: expect.stringContaining('no program convrt') }]);
});

test.each([
  [[PROGRAM], {}, 'there is no command to run for each item'],
  [[PROGRAM, '--input', 'file', '--', 'cat'], {}, '--input is "file"; allowed are argument and stdin'],
  [[PROGRAM, '--', 'cat'], { WORK_QUEUE_NAME: undefined }, 'WORK_QUEUE_NAME is missing'],
  [[PROGRAM, '--', 'cat'], { WORK_QUEUE_NAME: 'a{b' }, 'braces are not allowed'],
  [[PROGRAM, '--', 'cat'], { WORK_QUEUE_GRACE_MS: 'long' }, 'WORK_QUEUE_GRACE_MS is "long"'],
])('%p is a wrong configuration', async (args, env, why) => {
  const worker = q.start(env, { nodeArgs: args.slice(0, -1), program: args.at(-1) as string });
  const { code, summary, terminationMessage } = await worker.ended;
  expect({ code, summary }).toEqual({ code: 81, summary: expect.stringContaining(why) });
  expect(terminationMessage).toContain(why);
  expect(worker.lines.filter((line) => /^\s+at /.test(line))).toEqual([]);
});
