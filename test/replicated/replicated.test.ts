import { Testing } from 'cdk8s';
import { RedisStore } from '../../lib';
import type { Member } from './members';
import { Members } from './members';

// The containers of RedisStore.replicated as processes, with volumes that a lost pod may lose.

const PASSWORD = 'it\'s a "pass\\word" of $HOME';

let members: Members;

beforeAll(async () => {
  const chart = Testing.chart();
  const password = { secret: { name: 'credentials' }, key: 'password' };
  RedisStore.replicated(chart, 'redis', {
    statefulSetName: 'redis',
    serviceName: 'redis',
    persistent: false,
    password,
  });
  members = new Members(Testing.synth(chart), { password: PASSWORD });
  members.start();
  await members.ready();
});

afterAll(() => members.stop());

/** Writes a value as soon as the primary takes it, which is with the first replica that has what it has. */
async function write(primary: Member, key: string): Promise<void> {
  while ((await primary.ask('SET', key, 'written').catch(String)) !== 'OK');
}

const read = (member: Member, key: string) => member.ask('GET', key);

test('the first member is the primary of a store that starts for the first time', async () => {
  expect(await members.primary()).toBe(members.pods[0]);
  expect(members.log).toContain('redis-1 redis: This member follows');
});

test('a primary that is lost with its data is replaced, and comes back as a replica', async () => {
  const lost = await members.primary();
  await write(lost, 'before');
  await lost.lose();
  const next = await members.primary(lost);
  expect(await read(next, 'before')).toBe('written');
  lost.start();
  await lost.ready();
  expect(await members.primary()).toBe(next);
  expect(await read(lost, 'before')).toBe('written');
});

test('a primary that comes back empty at once does not empty the others', async () => {
  await members.ready();
  const emptied = await members.primary();
  await write(emptied, 'here');
  await emptied.lose();
  emptied.start();
  const next = await members.primary(emptied);
  expect(await read(next, 'here')).toBe('written');
  await emptied.ready();
  expect(await read(emptied, 'here')).toBe('written');
});

test('a primary that has to go hands over first, and what it has taken stays', async () => {
  await members.ready();
  const leaving = await members.primary();
  const before = members.log.length;
  let taken = 0;
  let leaves = false;
  const load = (async () => {
    for (let key = 0; !leaves; key++) {
      if ((await leaving.ask('SET', `under-load-${key}`, 'written').catch(String)) === 'OK') taken = key + 1;
    }
  })();
  while (taken < 10) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(await leaving.terminate()).toEqual({ redis: 0, sentinel: 0 });
  leaves = true;
  await load;
  expect(members.log.slice(before)).toMatch(/Handed over to/);
  const next = await members.primary();
  for (let key = 0; key < taken; key++) expect(await read(next, `under-load-${key}`)).toBe('written');
  leaving.start();
  await leaving.ready();
});

test('members that were all lost at once with volumes go on with their data', async () => {
  await members.ready();
  await write(await members.primary(), 'on volumes');
  await Promise.all(members.pods.map((pod) => pod.kill()));
  members.start();
  await members.ready();
  expect(await read(await members.primary(), 'on volumes')).toBe('written');
});
