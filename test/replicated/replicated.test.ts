import { Testing } from 'cdk8s';
import { RedisStore } from '../../lib';
import { type Member, Members } from '../../local/redis-members';
import { defineQueue, WorkQueue } from '../../worker';
import { EXIT } from '../../worker/contract';
import { expectEnding, QueueUnderTest } from '../queue-under-test';
import { until } from '../until';
import { endWorkers } from '../worker-process';

// The containers of RedisStore.replicated as processes, with volumes that a lost pod may lose.

/** With the line break that `echo … | base64` puts into a Secret. */
const PASSWORD = 'it\'s a "pass\\word" of $HOME\n';

/** A store whose tests run one after another, beside those of the other store: most of their time they wait. */
class StoreUnderTest {
  /** REDIS_URL of its clients. */
  readonly url: string;
  readonly members: Members;
  private turn: Promise<void> = Promise.resolve();

  constructor() {
    const chart = Testing.chart();
    const store = RedisStore.replicated(chart, 'redis', {
      statefulSetName: 'redis',
      serviceName: 'redis',
      persistent: false,
      password: { secret: { name: 'credentials' }, key: 'password' },
    });
    this.members = new Members(Testing.synth(chart), { password: PASSWORD });
    this.url = this.members.here(store.url);
  }

  test(name: string, run: (members: Members) => Promise<void>): void {
    test.concurrent(name, () => {
      const ended = this.turn.then(() => run(this.members));
      this.turn = ended.catch(() => {});
      return ended.catch((error: Error) => {
        throw new Error(`${error.message}\n${this.members.log.split('\n').slice(-60).join('\n')}`, { cause: error });
      });
    });
  }
}

const idle = new StoreUnderTest();
const busy = new StoreUnderTest();

beforeAll(async () => {
  for (const { members } of [idle, busy]) members.start();
  for (const { members } of [idle, busy]) await members.ready();
});

afterAll(async () => {
  await endWorkers();
  for (const { members } of [idle, busy]) await members.stop();
});

/** Writes a value as soon as the primary takes it, which is with the first replica that has what it has. */
async function write(primary: Member, key: string): Promise<void> {
  const set = () => primary.ask('SET', key, 'written').catch(String);
  await until(`${primary.name} takes ${key}`, set, (answer) => answer === 'OK');
}

const read = (member: Member, key: string) => member.ask('GET', key);

idle.test('the first member is the primary of a store that starts for the first time', async (members) => {
  expect(await members.primary()).toBe(members.pods[0]);
  expect(members.log).toContain('redis-1 redis: This member follows');
});

idle.test('a primary that comes back empty at once does not empty the others', async (members) => {
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

idle.test('members that were all lost at once with volumes go on with their data', async (members) => {
  await members.ready();
  await write(await members.primary(), 'on volumes');
  await Promise.all(members.pods.map((pod) => pod.kill()));
  members.start();
  await members.ready();
  expect(await read(await members.primary(), 'on volumes')).toBe('written');
});

busy.test(
  'a primary that is lost with its data while workers run: each item is done, none is charged, and it comes back as a replica',
  async (members) => {
    const ITEMS = 1_000;
    const queue = new QueueUnderTest();
    queue.name = 'under-load';
    const work = new WorkQueue(defineQueue({ name: queue.name }), {
      url: busy.url,
      password: PASSWORD,
      sentinelPassword: PASSWORD,
    });
    const items = ['wait apple', ...Array.from({ length: ITEMS - 1 }, (_, index) => `sleep 5 ${index}`)];
    await work.fill(items, { batchId: 'lost', seal: true });
    const env = {
      REDIS_PASSWORD: PASSWORD,
      REDIS_SENTINEL_PASSWORD: PASSWORD,
      WORK_QUEUE_LEASE_MS: 30_000,
      WORK_QUEUE_CONCURRENCY: 2,
      WORK_QUEUE_BATCH: 'lost',
    };
    const workers = [0, 1].map(() => queue.start(env, { url: busy.url }));
    await Promise.all(workers.map((worker) => worker.line('finished sleep')));

    const lost = await members.primary();
    await write(lost, 'before');
    await lost.lose();
    const next = await members.primary(lost);
    expect(await read(next, 'before')).toBe('written');
    lost.start();
    await lost.ready();
    expect(await members.primary()).toBe(next);
    expect(await read(lost, 'before')).toBe('written');

    for (const worker of workers) worker.tell('wait apple');
    for (const worker of workers) {
      await expectEnding(worker, EXIT.drained, `queue: ${ITEMS} items, ${ITEMS} done, 0 dead`);
    }
    expect(await work.status()).toMatchObject({ claimed: ITEMS, done: ITEMS, total: ITEMS, dead: 0, dropped: 0 });
    await work.close();
    expect(await next.ask('HGETALL', queue.keys.attempts)).toEqual([]);
    const finished = workers.flatMap(({ lines }) => lines.flatMap((line) => /^finished (.*)/.exec(line)?.[1] ?? []));
    expect(new Set(finished)).toEqual(new Set(items));
  },
);

busy.test('a primary that has to go hands over first, and what it has taken stays', async (members) => {
  await members.ready();
  const leaving = (await until('a primary takes 10 writes', () => primaryThatWrites(members)))!;
  const before = members.log.length;
  const taken: string[] = [];
  let leaves = false;
  const load = (async () => {
    for (let i = 0; !leaves; i++) {
      const key = `under-load-${i}`;
      if ((await leaving.ask('SET', key, 'written').catch(String)) === 'OK') taken.push(key);
    }
  })();
  await until(`${leaving.name} takes writes`, () => taken.length > 0);
  expect(await leaving.terminate()).toEqual({ redis: 0, sentinel: 0 });
  leaves = true;
  await load;
  expect(members.log.slice(before)).toMatch(/Handed over to/);
  const next = await members.primary();
  for (const key of taken) expect(await read(next, key)).toBe('written');
  leaving.start();
  await leaving.ready();
});

/** The primary, once it takes writes; on a machine that stood still, it may be another one than a moment ago. */
async function primaryThatWrites(members: Members): Promise<Member | undefined> {
  const primary = await members.primary();
  for (let i = 0; i < 10; i++) {
    if ((await primary.ask('SET', 'tried', `${i}`).catch(String)) !== 'OK') return undefined;
  }
  return primary;
}
