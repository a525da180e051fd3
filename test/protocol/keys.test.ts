import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { queueKeys } from '../../worker/contract';
import { keysOf, SCRIPTS } from '../../worker/scripts';
import { DRAINED, DRAINED_KEYS } from '../../worker/scripts/drained';
import { GATE, GATE_KEYS } from '../../worker/scripts/gate';
import { queueUnderTest } from './queue-under-test';

const under = queueUnderTest();

const ROOT = join(__dirname, '..', '..');
const ALL = { ...SCRIPTS, gate: { lua: GATE, keys: GATE_KEYS }, drained: { lua: DRAINED, keys: DRAINED_KEYS } };
const PAGE = readFileSync(join(ROOT, 'docs/protocol.md'), 'utf8');

test('the page has each key of a queue in its table, and no other', () => {
  const names = [...PAGE.matchAll(/^\| `(?:\{job2\}:)?([a-z0-9]+)(?::<incarnation>)?` \| (?:list|hash|zset|set) \|/gm)];
  const documented = names.map(([, name]) => (name === 'job2' ? 'list' : name));
  expect(documented.sort()).toEqual(Object.keys(queueKeys('job2')).sort());
});

test('keys are named for one queue and one incarnation, all in one slot', () => {
  const keys = keysOf(SCRIPTS.exchange.keys, 'job2', 'one');
  expect(keys.slice(0, 4)).toEqual(['job2', '{job2}:meta', '{job2}:leases', '{job2}:idle']);
  expect(keys.slice(-3)).toEqual(['{job2}:worker:one', '{job2}:held:one', '{job2}:running:one']);
  expect(new Set(keys).size).toBe(keys.length);
});

test.each(['drained', 'fill', 'gate', 'items', 'keep', 'purge', 'ring', 'seal', 'status'] as const)(
  'the header of %s numbers its keys',
  (name) => {
    const source = readFileSync(join(ROOT, 'worker/scripts', `${name}.ts`), 'utf8');
    const header = /KEYS {2}(.*(?:\n \* {9}.*)*?)\n \* {3}(?:ARGV|reply)/.exec(source)?.[1] ?? '';
    const named = [...header.matchAll(/(\d+) (\w+)/g)].map(([, number, key]) => [Number(number), key]);
    const { keys } = ALL[name];
    expect(named).toEqual(keys.slice(0, named.length).map((key, i) => [i + 1, key]));
    expect(named.length === keys.length || header.includes('the other fixed keys')).toBe(true);
  },
);

test('what a worker runs takes the same keys, in the order of one header', () => {
  const header = readFileSync(join(ROOT, 'worker/scripts/keys.ts'), 'utf8');
  const named = [...(/KEYS {2}([\s\S]*?)\*\//.exec(header)?.[1] ?? '').matchAll(/\d+ (\w+)/g)].map(([, key]) => key);
  for (const name of ['enter', 'exchange', 'renew', 'abandon'] as const) expect(SCRIPTS[name].keys).toEqual(named);
  const locals = /^local (LIST, .*) = unpack\(KEYS\)$/m.exec(SCRIPTS.enter.lua)?.[1]?.toLowerCase().split(', ');
  expect(named.slice(0, locals?.length)).toEqual(locals);
});

test('a script that touches a key without naming it is caught by the tests that run it', async () => {
  const { q } = under;
  const lua = `return redis.call('GET', '{job2}:other')`;
  await expect(q.run({ lua, keys: ['list'] }, 'one')).rejects.toThrow('does not name the key {job2}:other');
});

test('those that only operators run touch what they name', async () => {
  const { q } = under;
  await q.rpush('a', 'b');
  const worker = await q.enter('one');
  await worker.claim(1);
  expect(await q.run(SCRIPTS.ring)).toBe(1);
  const status = (await q.run(SCRIPTS.status, 3, 256, 10)) as unknown[];
  expect([status[0], status[5]]).toEqual([1, 1]);
  const epoch = (await q.redis.hget(q.key('meta'), 'epoch')) as string;
  await q.run(SCRIPTS.purge, epoch);
  expect(await q.redis.keys('*')).toEqual(['test']);
});
