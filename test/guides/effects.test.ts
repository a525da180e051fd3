import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runInMemory, SimulatedCrash } from 'cdk8s-redis-work-queue/testing';
import { defineQueue, type ItemContext } from 'cdk8s-redis-work-queue/worker';
import { storeReport } from '../../docs/effects/object-store';
import { bookOrder, sendMessage } from '../../docs/effects/outbox';
import { payOut } from '../../docs/effects/sql';
import { ObjectStore } from './object-store';
import { samplesOf } from './samples';
import { findSqlite, Sqlite } from './sqlite';

// The programs of docs/effects.md: on an SQLite with two connections, and on a stand-in for an object store.

const DOCS = join(__dirname, '../../docs');

test.each(['database', 'sql', 'object-store', 'outbox'])('the page shows docs/effects/%s.ts as it is', (name) => {
  const code = readFileSync(join(DOCS, `effects/${name}.ts`), 'utf8');
  expect(samplesOf('docs/effects.md').map((sample) => sample.code)).toContain(`// ${name}.ts\n${code}`);
});

/** The n-th delivery of an item, as a worker makes it. */
const delivery = (n: number): ItemContext =>
  ({ token: `${String(n).padStart(16, '0')}-epoch`, signal: new AbortController().signal }) as ItemContext;

/** A promise that a test settles. */
function opening(): { opened: Promise<void>; open: () => void } {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

const queue = defineQueue({ name: 'effects' });
const python = findSqlite();

(python ? describe : describe.skip)(
  `a database${python ? '' : ', which did not run: no Python with SQLite 3.35'}`,
  () => {
    let folder: string;
    let one: Sqlite;
    let other: Sqlite;

    beforeEach(async () => {
      folder = mkdtempSync(join(tmpdir(), 'effects-'));
      one = new Sqlite(python as string, join(folder, 'db'));
      other = new Sqlite(python as string, join(folder, 'db'));
      const sql = samplesOf('docs/effects.md').filter(({ language }) => language === 'sql');
      for (const [statement] of sql.flatMap(({ code }) => [...code.matchAll(/^CREATE TABLE [^;]+;/gm)])) {
        // What the page says for PostgreSQL, where a text is compared by a language unless told otherwise.
        await one.query(statement.replaceAll(' COLLATE "C"', ''), []);
      }
      await one.query("INSERT INTO accounts (id, cents) VALUES ('a', 100)", []);
    });

    afterEach(async () => {
      await one.close();
      await other.close();
      rmSync(folder, { recursive: true, force: true });
    });

    const cents = async () => (await one.query('SELECT cents FROM accounts', [])).rows[0]?.cents;

    test('an amount is added once, though the worker crashes before the item is booked as done', async () => {
      const handle = payOut(one, async () => 5);
      let crashes = 0;
      const run = await runInMemory(
        queue,
        async (id, context) => {
          await handle({ id, account: 'a' }, context);
          if (++crashes === 1) throw new SimulatedCrash();
        },
        { items: ['p1'] },
      );
      expect(run).toMatchObject({ exitCode: 0, done: [{ attempts: 2 }] });
      expect(await cents()).toBe(105);
    });

    test('an amount is added though the worker crashes after it took the row', async () => {
      await expect(
        payOut(one, () => Promise.reject(new Error('no quote')))({ id: 'p1', account: 'a' }, delivery(1)),
      ).rejects.toThrow('no quote');
      await payOut(other, async () => 5)({ id: 'p1', account: 'a' }, delivery(2));
      expect(await cents()).toBe(105);
    });

    test('a delivery that was overtaken while it worked adds nothing', async () => {
      const { opened, open } = opening();
      const { opened: works, open: begin } = opening();
      const slow = payOut(one, async () => {
        begin();
        await opened;
        return 7;
      })({ id: 'p1', account: 'a' }, delivery(1));
      const refused = expect(slow).rejects.toThrow('taken by a later delivery');
      await works;
      await payOut(other, async () => {
        // The slow one comes to its end while this one holds the row and has added nothing.
        open();
        await refused;
        return 5;
      })({ id: 'p1', account: 'a' }, delivery(2));
      expect(await cents()).toBe(105);
    });

    test('a delivery that begins after a later one works out nothing', async () => {
      await payOut(one, async () => 5)({ id: 'p1', account: 'a' }, delivery(2));
      const amountOf = jest.fn();
      await expect(payOut(other, amountOf)({ id: 'p1', account: 'a' }, delivery(1))).rejects.toThrow('later delivery');
      expect(amountOf).not.toHaveBeenCalled();
    });

    test('an order is booked once, with one message', async () => {
      for (const db of [one, other]) await bookOrder(db)({ id: 'o1', mail: 'thanks' });
      expect((await one.query('SELECT id, body FROM outbox', [])).rows).toEqual([{ id: 'o1', body: 'thanks' }]);
    });

    test('a message that was sent and marked is not sent again', async () => {
      await bookOrder(one)({ id: 'o1', mail: 'thanks' });
      const send = jest.fn(async () => {});
      await sendMessage(one, send)('o1', delivery(1));
      await sendMessage(other, send)('o1', delivery(2));
      expect(send.mock.calls).toMatchObject([['o1', 'thanks', {}]]);
    });

    test('a message that was sent and not marked is sent again under the same key', async () => {
      await bookOrder(one)({ id: 'o1', mail: 'thanks' });
      const received = new Map<string, string>();
      let crashes = 0;
      const run = await runInMemory(
        queue,
        sendMessage(one, async (key, body) => {
          received.set(key, body);
          if (++crashes === 1) throw new SimulatedCrash();
        }),
        { items: ['o1'] },
      );
      expect(run.exitCodes).toEqual([1, 0]);
      expect(crashes).toBe(2);
      expect([...received]).toEqual([['o1', 'thanks']]);
    });

    test('a delivery that begins after a later one sends nothing', async () => {
      await bookOrder(one)({ id: 'o1', mail: 'thanks' });
      const send = jest.fn(async () => {});
      await expect(sendMessage(one, () => Promise.reject(new Error('busy')))('o1', delivery(2))).rejects.toThrow(
        'busy',
      );
      await expect(sendMessage(other, send)('o1', delivery(1))).rejects.toThrow('later delivery');
      expect(send).not.toHaveBeenCalled();
    });
  },
);

describe('an object store', () => {
  let store: ObjectStore;
  let bucket: string;

  beforeEach(async () => {
    store = new ObjectStore();
    bucket = await store.start();
  });

  afterEach(() => store.stop());

  const body = () => store.objects.get('/r')?.body;
  const report = (text: string) => storeReport(bucket, async () => text);

  test('a later delivery replaces what an earlier one stored', async () => {
    await report('first')({ name: 'r' }, delivery(1));
    await report('second')({ name: 'r' }, delivery(2));
    expect(body()).toBe('second');
  });

  test('a delivery that was overtaken while it rendered replaces nothing', async () => {
    const { opened, open } = opening();
    const slow = storeReport(bucket, () => opened.then(() => 'old'))({ name: 'r' }, delivery(1));
    await report('new')({ name: 'r' }, delivery(2));
    open();
    await expect(slow).rejects.toThrow('stored by a later delivery');
    expect(body()).toBe('new');
  });

  test.each([
    ['stored', undefined],
    ['replaced', 'before'],
  ])(
    'a delivery that was overtaken between its look and its write replaces nothing, where the object was %s',
    async (_, before) => {
      if (before) await report(before)({ name: 'r' }, delivery(1));
      store.beforePut = async () => {
        store.beforePut = () => {};
        await report('new')({ name: 'r' }, delivery(3));
      };
      await expect(report('old')({ name: 'r' }, delivery(2))).rejects.toThrow('stored by a later delivery');
      expect(body()).toBe('new');
    },
  );

  test('a write whose answer was lost is made again by the next attempt', async () => {
    store.afterPut = () => {
      store.afterPut = () => {};
      throw new Error('cut');
    };
    const run = await runInMemory(queue, (name, context) => report('text')({ name }, context), { items: ['r'] });
    expect(run.done).toMatchObject([{ attempts: 2 }]);
    expect(body()).toBe('text');
  });
});
