import { createHash } from 'node:crypto';
import { Redis, type RedisOptions } from 'ioredis';
import { keysOf, SCRIPTS, type Script } from '../../worker/scripts';
import { DRAINED, DRAINED_KEYS } from '../../worker/scripts/drained';
import { GATE, GATE_KEYS } from '../../worker/scripts/gate';
import { type QueueState, readState } from './queue-state';

export type Argument = string | number | Buffer;

/** What an exchange answers, with its lists resolved to items. */
export type Answer =
  | { readonly kind: 'work'; readonly alone: boolean; readonly items: readonly HeldItem[]; readonly more?: object }
  | { readonly kind: 'held'; readonly more?: object }
  | { readonly kind: 'stale' }
  | { readonly kind: 'wait'; readonly why: string; readonly due: number | undefined; readonly more?: object }
  | {
      readonly kind: 'drained' | 'spare' | 'left';
      readonly claimed: number;
      readonly done: number;
      readonly dead: number;
      /** How many of these are finalizers. */
      readonly finalizers?: { readonly claimed: number; readonly done: number; readonly dead: number };
    }
  | { readonly kind: 'lost'; readonly why: string };

/** A follow-up item, as outcomes of tests name it. */
export interface Child {
  readonly payload: string;
  readonly key?: string;
  readonly front?: boolean;
}

/** What stands for a key. */
export const hashOf = (key: string): Buffer => createHash('sha256').update(key).digest().subarray(0, 16);

export interface HeldItem {
  readonly id: number;
  readonly position: number;
  readonly payload: Buffer;
  readonly token: number;
  readonly attempts: number;
  readonly crashes: number;
  readonly later: number;
  /** What an earlier attempt left. */
  readonly resumed: string | undefined;
}

export interface Ask {
  readonly advance?: number;
  readonly outcomes?: object;
  readonly backFrom?: number;
  readonly want?: number;
  readonly need?: number;
  readonly budget?: number;
  readonly leaving?: boolean;
}

export interface WorkerOptions {
  readonly lease?: number;
  readonly run?: string;
  readonly batch?: string;
  readonly settle?: number;
  readonly maxAttempts?: number;
  readonly epoch?: string;
  /** ms without a claim; '': it stays until the queue is drained. */
  readonly spare?: number | '';
  /** It can run the finalizer; '': it cannot. */
  readonly finally?: 'success' | 'always' | '';
  /** Items that all together are handed in so many ms; '': any number. */
  readonly rate?: string;
  /** It stops where there is a dead letter. */
  readonly failFast?: boolean;
  /** It belongs to no batch, and nothing ends it but being told to stop. */
  readonly endless?: boolean;
  /** Incarnations that its process has given up. */
  readonly earlier?: readonly string[];
}

/**
 * Gives a script a clock that tests move, holds it to the keys that it names, and lets the commands it calls fail: the one
 * whose number stands in `test.fail`, or, where that is negative, all from that number on. `test.also` is the number of one
 * more that fails, counted from the first: one of the way back.
 */
const INSTRUMENTS = `
local redis = (function(redis)
  local asked = redis.call('HMGET', 'test', 'fail', 'now', 'also')
  local at, now, also, n, named = tonumber(asked[1] or 0), asked[2], tonumber(asked[3] or 0), 0, {}
  for _, key in ipairs(KEYS) do named[key] = true end
  -- What another incarnation holds, a script finds by itself.
  local others = {worker = true, held = true, running = true}
  -- As redis.call does: with a text in Redis 6.2, which cannot say what a table holds.
  local function raise(text)
    if redis.REDIS_VERSION_NUM then error({err = text}) else error(text, 0) end
  end
  local function isNamed(key)
    local name, incarnation = string.match(key, '^{.*}:(%a+):(.*)$')
    return named[key] or others[name or ''] and incarnation ~= ARGV[1]
  end
  return {sha1hex = redis.sha1hex, call = function(command, ...)
    n = n + 1
    local keys = command == 'TIME' and {} or {(...)}
    if command == 'EXISTS' or command == 'DEL' or command == 'UNLINK' then keys = {...} end
    for _, key in ipairs(keys) do
      if not isNamed(key) then raise('ERR the script does not name the key ' .. key) end
    end
    if at ~= 0 and (n == at or at < 0 and n >= -at or also > 0 and n == at + also) then
      local failed = redis.call('HGET', 'test', 'failed')
      local before = at > 0 and failed and failed ~= '' and failed .. ', ' or ''
      redis.call('HSET', 'test', 'failed', before .. n .. ' ' .. command)
      raise('ERR the test lets ' .. command .. ' fail')
    end
    if command == 'TIME' then return {string.sub(now, 1, -7), string.sub(now, -6)} end
    return redis.call(command, ...)
  end}
end)(redis)
`;

/** The database that keeps copies. */
const COPIES = 1;

/** Copies all keys of a database into another one, in place of what is there. */
const COPY_ALL = `
redis.call('SELECT', ARGV[2])
redis.call('FLUSHDB')
redis.call('SELECT', ARGV[1])
for _, key in ipairs(redis.call('KEYS', '*')) do redis.call('COPY', key, key, 'DB', ARGV[2]) end
`;

const START = 1_800_000_000_000;

/** Speaks the protocol to a queue, script by script, at a time that stands still until {@link QueueDriver.pass}. */
export class QueueDriver {
  readonly redis: Redis;
  /** ms on Redis' clock */
  now = START;
  /** What tells copies of an exchange apart. */
  salt = (): number => Math.floor(Math.random() * 2 ** 52);
  private readonly digests = new Map<string, string>();

  constructor(
    url: string,
    readonly queue = 'job2',
    options: RedisOptions & { readonly plain?: boolean } = {},
  ) {
    const { plain = false, ...rest } = options;
    this.redis = new Redis(url, { maxRetriesPerRequest: null, disconnectTimeout: 100, ...rest });
    this.redis.on('error', () => {});
    this.plain = plain;
  }

  /** The scripts as they are, with Redis' own clock. */
  readonly plain: boolean;

  async reset(): Promise<void> {
    await this.redis.call('FLUSHALL');
    this.now = START;
    await this.pass(0);
  }

  /** Keeps all that Redis holds; what is returned brings it back. */
  async keep(): Promise<() => Promise<void>> {
    const { now } = this;
    await this.redis.callBuffer('EVAL', COPY_ALL, 0, 0, COPIES);
    return async () => {
      this.now = now;
      await this.redis.callBuffer('EVAL', COPY_ALL, 0, COPIES, 0);
    };
  }

  /** Lets time pass on Redis' clock; a negative time is a clock that is set back. */
  async pass(ms: number): Promise<void> {
    this.now += ms;
    if (!this.plain) await this.redis.hset('test', 'now', `${this.now}000`);
  }

  /** Lets the k-th command of the next scripts fail, and the one that is `also` after it; below zero, all from there on; 0: none. */
  async failAt(k: number, also = 0): Promise<void> {
    await this.redis.hset('test', 'fail', k, 'also', also, 'failed', '');
  }

  /** The numbers and names of the commands that failed since {@link QueueDriver.failAt}. */
  async failed(): Promise<string | null> {
    return (await this.redis.hget('test', 'failed')) || null;
  }

  key(suffix: string): string {
    return `{${this.queue}}:${suffix}`;
  }

  /** Runs a script by its digest, as the runtime does. */
  async run({ lua, keys: names }: Pick<Script, 'lua' | 'keys'>, ...args: Argument[]): Promise<unknown> {
    const keys = keysOf(names, this.queue, String(args[0] ?? ''));
    const script = this.plain ? lua : INSTRUMENTS + lua;
    const sha1 = this.digests.get(lua) ?? createHash('sha1').update(script).digest('hex');
    this.digests.set(lua, sha1);
    try {
      return await this.redis.callBuffer('EVALSHA', sha1, keys.length, ...keys, ...args);
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
      return this.redis.callBuffer('EVAL', script, keys.length, ...keys, ...args);
    }
  }

  rpush(...payloads: Argument[]): Promise<unknown> {
    return this.redis.callBuffer('RPUSH', this.queue, ...payloads);
  }

  async fill(filler: string, batch: string, offset: number, payloads: readonly Argument[]): Promise<number> {
    return Number(await this.run(SCRIPTS.fill, filler, batch, offset, 'raw', ...payloads));
  }

  /** A fill in which each item comes once; its keys are the payloads, unless others are given. */
  async fillOnce(filler: string, batch: string, offset: number, payloads: string[], keys = payloads): Promise<number> {
    const keyed = payloads.map((payload, i) => Buffer.concat([hashOf(keys[i] as string), Buffer.from(payload)]));
    return Number(await this.run(SCRIPTS.fill, filler, batch, offset, 'keyed', ...keyed));
  }

  async seal(batch = '', total: number | '' | 'filled' = '', filler = batch): Promise<number> {
    return Number(await this.run(SCRIPTS.seal, batch, total, filler));
  }

  async gate(run: string, batch = ''): Promise<string> {
    return String(await this.run({ lua: GATE, keys: GATE_KEYS }, run, batch)).split(' ')[0] as string;
  }

  /** What another queue's workers are told: `drained …` or `wait for the queue job2: …`. */
  async drained({ batch = '', settle = 30_000, tolerated = false } = {}): Promise<string> {
    const said = await this.run({ lua: DRAINED, keys: DRAINED_KEYS }, batch, settle, tolerated ? 'true' : '');
    return String(said).replace('wait for the queue job2: ', '');
  }

  async dead(what: 'retry' | 'drop' | 'done', ...ids: Argument[]): Promise<number> {
    return Number(await this.run(SCRIPTS.dead, what, ...ids));
  }

  /** What one call says, and how many items are dropped and still wait. */
  async cancelCall(epoch: string): Promise<{ kind: string; epoch: string; dropped: number; waiting: number }> {
    const [kind, now, dropped, waiting] = (await this.run(SCRIPTS.cancel, epoch)) as (Buffer | number)[];
    return { kind: String(kind), epoch: String(now ?? ''), dropped: Number(dropped), waiting: Number(waiting) };
  }

  /** Cancels, in as many calls as it takes; how many items are dropped. */
  async cancel(): Promise<number> {
    let epoch = (await this.redis.hget(this.key('meta'), 'epoch')) ?? '';
    for (;;) {
      const answered = await this.cancelCall(epoch);
      if (answered.kind !== 'cancelled') return 0;
      if (answered.waiting === 0) return answered.dropped;
      epoch = answered.epoch;
    }
  }

  async enter(name: string, options: WorkerOptions = {}): Promise<WorkerDriver> {
    const worker = new WorkerDriver(this, name, options);
    const reply = await worker.enter();
    if (reply[0] !== 'entered') throw new Error(`not entered: ${reply.join(' ')}`);
    return worker;
  }

  state(): Promise<QueueState> {
    return readState(this.redis, this.queue);
  }

  close(): void {
    this.redis.disconnect();
  }
}

/** One incarnation, as its process sees it. */
export class WorkerDriver {
  number = 0;
  epoch = '';
  /** Name of the last answer that it acted on. */
  answer = '0';
  /** Name of the last answer to any copy of an exchange. */
  heard = '0';
  /** Every exchange that was sent, by number, and the answer that it follows. */
  readonly sent: { readonly ask: Ask; readonly args: readonly Argument[]; readonly follows: string }[] = [];

  constructor(
    readonly driver: QueueDriver,
    readonly name: string,
    readonly options: WorkerOptions = {},
  ) {}

  async enter(): Promise<string[]> {
    const {
      lease = 10_000,
      run = 'run',
      batch = '',
      settle = 0,
      maxAttempts = 3,
      epoch = '',
      spare = '',
      finally: final = '',
      rate = '',
      failFast = false,
      endless = false,
      earlier,
    } = this.options;
    const options = JSON.stringify({
      ...(spare !== '' && { spare }),
      ...(final !== '' && { finally: final }),
      ...(rate !== '' && { rate }),
      ...(failFast && { failFast }),
      ...(endless && { endless }),
      earlier,
    });
    const reply = await this.driver.run(
      SCRIPTS.enter,
      ...[this.name, lease, run, batch, settle, maxAttempts, `pod-${this.name}`, epoch, options],
    );
    const parts = (reply as unknown[]).map(String);
    if (parts[0] === 'entered') this.epoch = parts[1] as string;
    return parts;
  }

  /** The next exchange. */
  exchange(ask: Ask = {}): Promise<Answer> {
    return this.prepare(ask)();
  }

  /** The next exchange, to be sent as often as one likes. */
  prepare(ask: Ask): () => Promise<Answer> {
    const { advance = 0, outcomes, backFrom = '', want = 0, need = want, budget = 1_048_576 } = ask;
    const args: Argument[] = [advance, outcomes ? textOf(outcomes) : '', backFrom, want, need, budget];
    const number = ++this.number;
    this.sent[number] = { ask, args, follows: this.answer };
    return async () => {
      const answered = await this.send(number);
      if (number === this.number) this.answer = this.heard;
      return answered;
    };
  }

  /** A copy of an exchange that was sent before, on whose answer nobody acts. */
  async send(number: number): Promise<Answer> {
    const { args, follows, ask } = this.sent[number] as WorkerDriver['sent'][number];
    const salt = this.driver.salt();
    const reply = await this.driver.run(
      SCRIPTS.exchange,
      this.name,
      number,
      this.epoch,
      ...args,
      follows,
      salt,
      ask.leaving ? 1 : '',
    );
    const parts = reply as Buffer[];
    const place = { work: 7, held: 1, wait: 6 }[String(parts[0])];
    this.heard = place === undefined ? '0' : String(parts[place]);
    return answer(reply);
  }

  async claim(want: number, more: Ask = {}): Promise<readonly HeldItem[]> {
    const answered = await this.exchange({ want, ...more });
    if (answered.kind !== 'work') throw new Error(`no work, but ${JSON.stringify(answered)}`);
    return answered.items;
  }

  leave(advance = 0): Promise<Answer> {
    return this.exchange({ advance, want: -1 });
  }

  async renew(from: number | '' = '', sent = this.number, leaving = false): Promise<boolean> {
    return (await this.renewal(from, sent, leaving)).gap > 0;
  }

  async renewal(
    from: number | '' = '',
    sent = this.number,
    leaving = false,
  ): Promise<{ readonly gap: number; readonly more?: object }> {
    const reply = await this.driver.run(SCRIPTS.renew, this.name, this.epoch, from, sent, leaving ? 1 : '');
    const [gap, text = ''] = Array.isArray(reply) ? reply : [reply];
    return { gap: Number(gap), ...more(String(text)) };
  }

  async abandon(charge?: object): Promise<number> {
    const json = charge ? JSON.stringify(charge) : '';
    return Number(await this.driver.run(SCRIPTS.abandon, this.name, this.epoch, json, this.answer));
  }
}

/** What an answer says beside itself, where it does; what items have left stands with them. */
function more(text: string): { more?: object } {
  const { resumed: _, ...others } = JSON.parse(text || '{}') as { resumed?: object };
  return Object.keys(others).length > 0 ? { more: others } : {};
}

function finalizersIn(text: string) {
  const [claimed = 0, done = 0, dead = 0] = text.split(':').map(Number);
  return text !== '' && { finalizers: { claimed, done, dead } };
}

function answer(reply: unknown): Answer {
  const parts = reply as Buffer[];
  const text = (index: number) => String(parts[index] ?? '');
  const kind = text(0);
  switch (kind) {
    case 'work': {
      const ids: number[] = [];
      for (const [first = 0, count = 0] of text(3)
        .split(' ')
        .map((segment) => segment.split(':').map(Number))) {
        for (let id = first; id < first + count; id++) ids.push(id);
      }
      const charges = new Map(
        text(4)
          .split(' ')
          .filter((part) => part !== '')
          .map((part) => part.split(':').map(Number))
          .map(([place, attempts, crashes, later = 0]) => [place, { attempts, crashes, later }]),
      );
      const payloads = parts[9] as unknown as Buffer[];
      if (ids.length !== payloads.length) throw new Error(`${ids.length} ids for ${payloads.length} payloads`);
      const { resumed = {} } = JSON.parse(text(8) || '{}') as { resumed?: Record<string, string> };
      const items = payloads.map((payload, i) => ({
        id: ids[i] as number,
        position: Number(text(2)) + i,
        payload,
        token: Number(text(6)) + 1 + i,
        attempts: charges.get(i)?.attempts ?? 0,
        crashes: charges.get(i)?.crashes ?? 0,
        later: charges.get(i)?.later ?? 0,
        resumed: resumed[ids[i] as number],
      }));
      return { kind, alone: text(5) === '1', items, ...more(text(8)) };
    }
    case 'held':
      return { kind, ...more(text(3)) };
    case 'stale':
      return { kind };
    case 'wait':
      return { kind, why: text(2), due: text(3) === '' ? undefined : Number(text(3)), ...more(text(7)) };
    case 'drained':
    case 'spare':
    case 'left':
      return {
        kind,
        claimed: Number(text(2)),
        done: Number(text(3)),
        dead: Number(text(4)),
        ...finalizersIn(text(6)),
      };
    case 'lost':
      return { kind, why: text(1) };
    default:
      throw new Error(`an answer of an unknown kind: ${kind}`);
  }
}

/** Outcomes as an exchange takes them: where a text or a follow-up item stands, its length does, and the bytes follow. */
function textOf(outcomes: object): Argument {
  const told = { ...outcomes } as Record<string, (string | number)[][]>;
  const { add } = outcomes as { add?: [number, number, Child[]][] };
  const bytes: Buffer[] = [];
  const lengthOf = (part: string | number) => {
    if (typeof part === 'number') return part;
    return bytes[bytes.push(Buffer.from(part)) - 1]?.length as number;
  };
  const childOf = ({ payload, key, front }: Child) => {
    if (key !== undefined) bytes.push(hashOf(key));
    return [front ? 1 : 0, lengthOf(payload), key === undefined ? 0 : 1];
  };
  if (told.results) told.results = told.results.map((entry) => entry.map(lengthOf));
  const adds = add?.map(([id, position, children]) => [id, position, children.map(childOf)]);
  if (told.checkpoint) told.checkpoint = told.checkpoint.map((entry) => entry.map(lengthOf));
  const json = JSON.stringify({ ...told, ...(adds && { add: adds }) });
  return bytes.length === 0 ? json : Buffer.concat([Buffer.from(`${json}\n`), ...bytes]);
}
