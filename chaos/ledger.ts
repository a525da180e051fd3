import { queueKeys } from '../worker/contract';
import type { Connection } from '../worker/redis';
import { now } from './handler-log';

/** The queue as all its keys tell it at one moment. */
const COUNT = `
local prefix, zsets = ARGV[1], {ARGV[2], ARGV[3]}
local meta = redis.call('HMGET', KEYS[1], 'done', 'epoch', 'claimed', 'dropped')
local there = redis.call('HLEN', prefix .. 'waiting') + redis.call('HLEN', prefix .. 'dead')
for _, zset in ipairs(zsets) do
  for _, incarnation in ipairs(redis.call('ZRANGE', prefix .. zset, 0, -1)) do
    there = there + redis.call('LLEN', prefix .. 'held:' .. incarnation) + redis.call('HLEN', prefix .. 'running:' .. incarnation)
  end
end
local function number(text) return tonumber(text or 0) end
return {number(meta[1]), meta[2] or '', number(meta[3]) - number(meta[1]) - number(meta[4]) - there}
`;

/** What the counters do not account for. */
export interface Imbalance {
  /** ms since 1970. */
  readonly at: number;
  /** Items that were claimed and are nowhere; below zero: more than one place has them. */
  readonly nowhere: number;
}

/** Looks at the queue from time to time, while it is whole, and remembers what must not be. */
export class Ledger {
  /** Epochs that the queue had. */
  readonly epochs = new Set<string>();
  /** When the counters did not add up for the first time, or by another number. */
  readonly imbalances: Imbalance[] = [];

  constructor(
    private readonly admin: Connection,
    private readonly queue: string,
  ) {}

  /** How many items are done; undefined where nobody can tell now. */
  async look(): Promise<number | undefined> {
    const { meta } = queueKeys(this.queue);
    const count = () => this.admin.command('EVAL', COUNT, 1, meta, `{${this.queue}}:`, 'leases', 'idle');
    const told = (await count().catch(() => undefined)) as [number, string, number] | undefined;
    if (!told) return undefined;
    const [done, epoch, nowhere] = told;
    // Away for a moment, while clients are kept out.
    if (epoch === '') return undefined;
    this.epochs.add(epoch);
    if (nowhere !== (this.imbalances.at(-1)?.nowhere ?? 0)) this.imbalances.push({ at: now(), nowhere });
    return done;
  }
}
