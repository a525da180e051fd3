import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { type RedisServer, startRedisServer } from '../../local/redis';
import { defineQueue, WorkQueue } from '../../worker';
import { payloadOf, payloads } from './items';
import { requirePeer } from './paths';

/** What Redis counts. */
export interface Usage {
  /** CPU of the server, all threads, in µs. */
  readonly cpuMicros: number;
  /** Commands, those inside of scripts included. */
  readonly commands: number;
  /** Calls by command name, those inside of scripts included. */
  readonly calls: ReadonlyMap<string, number>;
  /** Time of these calls in µs; that of a script holds that of the commands inside of it. */
  readonly micros: ReadonlyMap<string, number>;
}

interface Bulk {
  addBulk(jobs: { name: string; data: string }[]): Promise<unknown>;
  close(): Promise<void>;
}
interface Bee {
  createJob(data: string): unknown;
  saveAll(jobs: unknown[]): Promise<Map<unknown, Error>>;
  close(): Promise<void>;
}

/** The one Redis server of all benchmarks. */
export class Store {
  private readonly client: Redis;

  private constructor(private readonly server: RedisServer) {
    this.client = new Redis(server.url);
  }

  /** Append-only file synced every second, no rewrite of it in the middle of a run. */
  static async start(): Promise<Store> {
    const args = ['--appendonly', 'yes', '--appendfsync', 'everysec', '--auto-aof-rewrite-percentage', '0'];
    return new Store(await startRedisServer({ args }));
  }

  get url(): string {
    return this.server.url;
  }

  get port(): number {
    return this.server.port;
  }

  command(name: string, ...args: (string | number)[]): Promise<unknown> {
    return this.client.call(name, ...args);
  }

  /** Removes everything, and what the append-only file says of it. */
  async clear(): Promise<void> {
    await this.client.flushall('SYNC');
    await this.client.bgrewriteaof().catch(() => undefined);
    while (/aof_rewrite_(in_progress|scheduled):1/.test(await this.client.info('persistence'))) await sleep(20);
    await this.client.config('RESETSTAT');
  }

  async usage(): Promise<Usage> {
    const [cpu, stats] = [fields(await this.client.info('cpu')), fields(await this.client.info('commandstats'))];
    const calls = new Map<string, number>();
    const micros = new Map<string, number>();
    for (const [name, value] of stats) {
      calls.set(name.replace('cmdstat_', ''), Number(/calls=(\d+)/.exec(value)?.[1] ?? 0));
      micros.set(name.replace('cmdstat_', ''), Number(/usec=(\d+)/.exec(value)?.[1] ?? 0));
    }
    const seconds = Number(cpu.get('used_cpu_user')) + Number(cpu.get('used_cpu_sys'));
    const own = (calls.get('info') ?? 0) + (calls.get('config|resetstat') ?? 0);
    return {
      cpuMicros: seconds * 1e6,
      commands: [...calls.values()].reduce((sum, count) => sum + count, 0) - own,
      calls,
      micros,
    };
  }

  /** How long single calls of a command took Redis since {@link resetStatistics}, in µs. */
  async latency(command: string): Promise<{ p50: number; p99: number; most: number }> {
    const setting = 'latency-tracking-info-percentiles';
    const [, usual = ''] = (await this.command('CONFIG', 'GET', setting)) as string[];
    await this.command('CONFIG', 'SET', setting, '50 99 100');
    const stats = fields(await this.client.info('latencystats'));
    await this.command('CONFIG', 'SET', setting, usual);
    const [p50 = 0, p99 = 0, most = 0] = (stats.get(`latency_percentiles_usec_${command}`) ?? '')
      .split(',')
      .map((part) => Number(part.split('=')[1] ?? 0));
    return { p50, p99, most };
  }

  async resetStatistics(): Promise<void> {
    await this.client.config('RESETSTAT');
  }

  /** How long the thread that runs commands was ready to run and had no processor, in ms; Linux alone tells. */
  async waited(): Promise<number | undefined> {
    const pid = fields(await this.client.info('server')).get('process_id');
    try {
      const [, waited] = readFileSync(`/proc/${pid}/task/${pid}/schedstat`, 'utf8').split(' ');
      return Number(waited) / 1e6;
    } catch {
      return undefined;
    }
  }

  /** What `INFO` tells in one of its sections. */
  async info(section: string): Promise<Map<string, string>> {
    return fields(await this.client.info(section));
  }

  /** Memory of the data, in bytes: without the buffers of clients and of the append-only file. */
  async memory(): Promise<number> {
    const memory = fields(await this.client.info('memory'));
    const number = (name: string) => Number(memory.get(name) ?? 0);
    return number('used_memory') - number('mem_clients_normal') - number('mem_aof_buffer');
  }

  /** Memory of all keys together, in bytes. */
  async memoryOfKeys(): Promise<number> {
    let bytes = 0;
    for await (const keys of this.client.scanStream({ count: 1_000 }) as AsyncIterable<string[]>) {
      for (const key of keys) bytes += Number(await this.command('MEMORY', 'USAGE', key, 'SAMPLES', 0));
    }
    return bytes;
  }

  async version(): Promise<string> {
    return fields(await this.client.info('server')).get('redis_version') ?? '?';
  }

  /** Fills a list, as anybody may, seals it where our worker is to drain it, and waits until the disk is quiet. */
  async fillList(queue: string, items: number, sealed: boolean, from = 0): Promise<void> {
    for (let at = from; at < from + items; at += 1_000) {
      await this.client.rpush(queue, ...payloads(at, Math.min(at + 1_000, from + items)));
    }
    if (sealed) await this.seal(queue);
    else await sleep(1_500);
  }

  async seal(queue: string): Promise<void> {
    const workQueue = new WorkQueue(defineQueue({ name: queue }), { url: this.url });
    await workQueue.seal();
    await workQueue.close();
  }

  /** Hands out items again, where a queue was paused. */
  async resume(queue: string): Promise<void> {
    const workQueue = new WorkQueue(defineQueue({ name: queue }), { url: this.url });
    await workQueue.resume();
    await workQueue.close();
  }

  /** Fills a queue of BullMQ. */
  async fillBullMQ(queue: string, items: number): Promise<void> {
    const { Queue } = requirePeer('bullmq') as { Queue: new (name: string, options: object) => Bulk };
    const bulk = new Queue(queue, { connection: { url: this.url, maxRetriesPerRequest: null } });
    for (let at = 0; at < items; at += 1_000) {
      const jobs = [...payloads(at, Math.min(at + 1_000, items))].map((data) => ({ name: 'item', data }));
      await bulk.addBulk(jobs);
    }
    await bulk.close();
    await sleep(1_500);
  }

  /** Fills a queue of bee-queue. */
  async fillBeeQueue(queue: string, items: number): Promise<void> {
    const Queue = requirePeer('bee-queue') as new (name: string, settings: object) => Bee;
    const bee = new Queue(queue, { redis: { url: this.url }, isWorker: false, getEvents: false, storeJobs: false });
    for (let at = 0; at < items; at += 1_000) {
      const jobs = Array.from({ length: Math.min(1_000, items - at) }, (_, i) => bee.createJob(payloadOf(at + i)));
      await bee.saveAll(jobs);
    }
    await bee.close();
    await sleep(1_500);
  }

  async stop(): Promise<void> {
    this.client.disconnect();
    await this.server.stop();
  }
}

function fields(info: string): Map<string, string> {
  const lines = info.split('\r\n').filter((line) => line.includes(':'));
  return new Map(lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]));
}

/** What was used between two looks. */
export function usedBetween(before: Usage, after: Usage): Usage {
  const since = (were: ReadonlyMap<string, number>, are: ReadonlyMap<string, number>) =>
    new Map([...are].map(([name, count]) => [name, count - (were.get(name) ?? 0)]));
  return {
    cpuMicros: after.cpuMicros - before.cpuMicros,
    commands: after.commands - before.commands,
    calls: since(before.calls, after.calls),
    micros: since(before.micros, after.micros),
  };
}
