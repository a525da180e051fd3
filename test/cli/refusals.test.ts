import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { useRedis } from '../redis-under-test';
import { rwq as runRwq } from './rwq';

// What only looks like success: inputs without items, in another encoding, queues that do not exist.

const store = useRedis();
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rwq-'));
});
afterEach(() => store.redis.flushall());
afterAll(async () => {
  rmSync(folder, { recursive: true });
});

const rwq = (args: string[], input?: string | Buffer) =>
  runRwq(args, {
    env: { REDIS_URL: store.server.url, WORK_QUEUE_NAME: 'job2' },
    ...(input !== undefined && { input }),
  });
const file = (content: string | Buffer) => {
  const path = join(folder, 'items');
  writeFileSync(path, content);
  return path;
};
const list = () => store.redis.lrangeBuffer('job2', 0, -1);

describe('an input without items', () => {
  test.each([
    ['nothing', ''],
    ['empty lines', '\n\r\n\n'],
    ['a byte order mark alone', '\ufeff'],
  ])('is refused: %s', async (_, text) => {
    for (const [source, more] of [
      ['-', []],
      [file(text), []],
      ['-', ['--ndjson']],
      [file(text), ['--ndjson', '--batch-id', 'b']],
    ] as const) {
      const { code, stdout, stderr } = await rwq(['fill', source, '--seal', ...more], text);
      expect({ code, stdout, stderr }).toEqual({
        code: 1,
        stdout: '',
        stderr: expect.stringMatching(/^rwq: .* has no items.*nothing sealed.*give --allow-empty\.\n$/),
      });
    }
    expect(await store.redis.keys('*')).toEqual([]);
  });

  test('is a batch of none where that is meant', async () => {
    const { code, stdout } = await rwq(['fill', '-', '--batch-id', 'b', '--seal', '--allow-empty', '--json'], '');
    expect({ code, stdout: JSON.parse(stdout) }).toEqual({
      code: 0,
      stdout: { queue: 'job2', filled: 0, batchId: 'b', sealed: true, total: 0 },
    });
  });

  test('without a batch and a seal leaves nothing behind', async () => {
    expect((await rwq(['fill', '-', '--allow-empty'], '')).code).toBe(0);
    expect(await store.redis.keys('*')).toEqual([]);
  });

  test('is nothing to run', async () => {
    const worker = join(folder, 'worker.js');
    writeFileSync(worker, '');
    expect(await rwq(['run', worker, '--items', file('\n')])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('has no items'),
    });
  });
});

describe('a queue that does not exist', () => {
  const VERBS = [
    ['seal'],
    ['seal', '--batch-id', 'b'],
    ['seal', '--total', '0'],
    ['pause'],
    ['resume'],
    ['cancel', '--yes'],
    ['purge', '--yes'],
    ['results'],
    ['dead', 'list'],
    ['dead', 'show', '3'],
    ['dead', 'retry', '--all'],
    ['dead', 'retry', '3'],
    ['dead', 'drop', '--all', '--yes'],
  ];

  test.each(VERBS.map((verb) => [verb.join(' '), verb]))('%s: refused, nothing is left behind', async (_, verb) => {
    const { code, stdout, stderr } = await rwq(verb as string[]);
    expect({ code, stdout, stderr }).toEqual({
      code: 1,
      stdout: '',
      stderr:
        'rwq: There is no queue job2 in this Redis, and no other one. Check --url and the database. Nothing was done.\n',
    });
    expect(await store.redis.keys('*')).toEqual([]);
  });

  test('those that exist are named, the one that is meant first', async () => {
    await store.redis.rpush('bare', 'a');
    await store.redis.hset('{job3}:meta', 'version', 1);
    await store.redis.rpush('{job3}:held:w', 'a');
    const { code, stderr } = await rwq(['pause']);
    expect(code).toBe(1);
    expect(stderr).toContain('There is no queue job2 in this Redis. Did you mean job3? There is: job3, bare.');
    expect((await store.redis.keys('*')).sort()).toEqual(['bare', '{job3}:held:w', '{job3}:meta']);
  });

  test('a list that was filled by hand is one', async () => {
    await store.redis.rpush('job2', 'a');
    expect((await rwq(['pause'])).code).toBe(0);
    expect((await rwq(['seal'])).stdout).toBe('job2 is sealed: 1 item in all.\n');
  });

  test('who may not look is told to check', async () => {
    await store.redis.acl('SETUSER', 'blind', 'on', '>blind', '~*', '+@all', '-scan');
    const { code, stderr } = await runRwq(['pause'], {
      env: { REDIS_URL: store.server.url, WORK_QUEUE_NAME: 'job2', REDIS_USERNAME: 'blind', REDIS_PASSWORD: 'blind' },
    });
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(/no queue job2 .*Check --queue, --url/),
    });
  });
});

describe('the encoding of an input', () => {
  test.each(['-', 'file'])('a byte order mark is no part of the first item: %s', async (source) => {
    const text = '\ufeffapple\r\n\ufeff fig\r\n';
    expect((await rwq(['fill', source === '-' ? '-' : file(text)], text)).code).toBe(0);
    expect((await list()).map(String)).toEqual(['apple', '\ufeff fig']);
  });

  test.each(['{"a":1}', '[1]', '"é"'])('nor of the first line of NDJSON: %s', async (line) => {
    expect((await rwq(['fill', '-', '--ndjson'], `\ufeff${line}\n`)).code).toBe(0);
    expect((await list()).map(String)).toEqual([line]);
  });

  const utf16be = (text: string) => Buffer.from(text, 'utf16le').swap16();
  test.each([
    ['UTF-16LE with its mark', Buffer.from('\ufeffapple\n', 'utf16le'), 'UTF-16LE'],
    ['UTF-16BE with its mark', utf16be('\ufeffapple\n'), 'UTF-16BE'],
    ['UTF-16LE without', Buffer.from('apple\r\nfig\r\n', 'utf16le'), 'UTF-16LE'],
    ['UTF-16BE without', utf16be('apple\r\nfig\r\n'), 'UTF-16BE'],
    ['UTF-16LE of few letters', Buffer.from('1\n', 'utf16le'), 'UTF-16LE'],
    ['UTF-16LE of another script', Buffer.from('林檎と梨\n無花果と桃\n葡萄\n', 'utf16le'), 'UTF-16LE'],
    ['UTF-16BE of another script', utf16be('林檎と梨\n無花果と桃\n葡萄\n'), 'UTF-16BE'],
    ['UTF-32LE', Buffer.from([0xff, 0xfe, 0, 0, 97, 0, 0, 0]), 'UTF-32LE'],
  ])('%s is refused, and the message says how to convert it', async (_, bytes, encoding) => {
    for (const args of [['-'], [file(bytes)], ['-', '--ndjson']]) {
      const { code, stderr } = await rwq(['fill', ...args], bytes);
      expect({ code, stderr }).toEqual({
        code: 1,
        stderr: expect.stringContaining(`iconv -f ${encoding} -t UTF-8`),
      });
    }
    expect(await store.redis.keys('*')).toEqual([]);
  });

  test('bytes that are no text stay as they are', async () => {
    const bytes = Buffer.from([0, 1, 0xff, 0, 10, 0x80, 0, 0, 7, 10]);
    expect((await rwq(['fill', '-'], bytes)).code).toBe(0);
    expect(await list()).toEqual([Buffer.from([0, 1, 0xff, 0]), Buffer.from([0x80, 0, 0, 7])]);
  });

  test.each([
    ['\ufeff{"a":1}', '2:1', `unexpected '\\ufeff' (a byte order mark, as in joined files) in \\ufeff{"a":1}`],
    ['{"a":\u200b1}', '2:6', `unexpected '\\u200b' in {"a":\\u200b1}`],
    ['{"林檎":\u00a0}', '2:7', `unexpected '\\u00a0' in {"林檎":\\u00a0}`],
    ['["🍎", 01]', '2:7', `unexpected '0' in ["🍎", 01]`],
    ['{"a" 1}', '2:6', `unexpected '1' in {"a" 1}`],
    ['{"a":1,}', '2:8', `unexpected '}' in {"a":1,}`],
    ['[1,2', '2:5', 'it ends too early in [1,2'],
    ['"tab\there"', '2:5', `unexpected '\\t' in "tab\\there"`],
    ["{'a':1}", '2:2', `unexpected ''' in {'a':1}`],
    ['1 2', '2:3', `unexpected '2' in 1 2`],
    ['[]]', '2:3', `unexpected ']' in []]`],
    ['nul', '2:1', `unexpected 'n' in nul`],
  ])(
    'a wrong line of NDJSON is shown with line and column, and with what cannot be seen: %j',
    async (line, at, what) => {
      const path = file(`"first"\n${line}\n`);
      const { code, stderr } = await rwq(['fill', path, '--ndjson']);
      expect({ code, stderr }).toEqual({ code: 1, stderr: `rwq: ${path}:${at} is not JSON: ${what}\n` });
    },
  );
});
