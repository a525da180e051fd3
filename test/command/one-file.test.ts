import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { leaseRenewed, useQueue } from '../queue-under-test';
import { PROGRAM } from './command-under-test';

const q = useQueue();
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'command-'));
  copyFileSync(PROGRAM, join(folder, 'command.js'));
  writeFileSync(join(folder, 'part-0'), deflateSync(readFileSync(PROGRAM)));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What the chart runs. */
const textOf = () =>
  `eval(require("zlib").inflateSync(require("fs").readFileSync("${join(folder, 'part-0')}")).toString())`;

const WAITS = ['sh', '-c', 'echo begun; until [ -e "$WORK_FILE" ]; do sleep 0.05; done', 'sh'];

test.each([
  ['a file alone', () => [join(folder, 'command.js'), '--results', '--']],
  ['the text of one', () => ['--eval', textOf(), '--', '--results', '--']],
  ['the text of one, without options', () => ['--eval', textOf(), '--', '--']],
])('%s is the whole worker, whose lease is kept', async (_, args) => {
  await q.fill('apple');
  const file = join(folder, q.name);
  const worker = q.start(
    { WORK_FILE: file, WORK_QUEUE_LEASE_MS: 1_000 },
    { nodeArgs: [...args(), ...WAITS.slice(0, -1)], program: WAITS.at(-1) as string },
  );
  await q.until(
    'it has begun',
    (redis) => redis.zcard(q.keys.leases),
    (holders) => holders === 1,
  );
  await leaseRenewed(q.redis, q.name, 600);
  writeFileSync(file, '');
  const { code, summary } = await worker.ended;
  expect({ code, summary }).toEqual({ code: 0, summary: expect.stringContaining('all done') });
  expect(worker.lines.filter((line) => line.includes('lease-thread'))).toEqual([]);
});
