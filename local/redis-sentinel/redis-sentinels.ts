import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '../../worker/redis';
import { type RedisServer, type RedisServerOptions, startRedisServer } from '../redis';

const AGREED_WITHIN_MS = 60_000;

/** What makes sentinels quick to hear of each other, and keeps them from distrusting the clock of a busy machine. */
const PACE = ['info-period', '200', 'publish-period', '200', 'ask-period', '200', 'tilt-trigger', '60000'];

export interface RedisSentinelsOptions extends Pick<RedisServerOptions, 'args' | 'password' | 'appendOnly' | 'tls'> {
  /** Replicas of the primary. @default 2 */
  readonly replicas?: number;
  /** @default 3 */
  readonly sentinels?: number;
  /** What the sentinels call the primary. @default mymaster */
  readonly name?: string;
  /** Password of the sentinels. @default - none */
  readonly sentinelPassword?: string;
  /** How long a primary must not answer until it counts as down, in ms. @default 5000 */
  readonly downAfter?: number;
  /** More lines in the configuration of each sentinel. @default - none */
  readonly sentinelLines?: readonly string[];
}

/**
 * Starts a primary, its replicas and their sentinels on 127.0.0.1, and resolves when all of them know each other and the
 * replicas follow.
 *
 * They keep no event loop alive, and go when their parent goes.
 */
export async function startSentinels(options: RedisSentinelsOptions = {}): Promise<RedisSentinels> {
  const {
    replicas = 2,
    sentinels = 3,
    name = 'mymaster',
    args = [],
    password,
    appendOnly,
    tls,
    sentinelPassword,
    downAfter = 5_000,
    sentinelLines = [],
  } = options;
  const servers: RedisServer[] = [];
  const watchers: RedisServer[] = [];
  const listening = tls ? { tls } : {};
  const given = {
    ...listening,
    ...(password !== undefined && { password }),
    ...(appendOnly !== undefined && { appendOnly }),
  };
  try {
    const quick = ['--repl-diskless-sync-delay', '0', ...args];
    const primary = await startRedisServer({ ...given, args: quick });
    servers.push(primary);
    const follow = ['--replicaof', '127.0.0.1', String(primary.port)];
    const start = () => startRedisServer({ ...given, args: [...quick, ...follow] });
    for (let replica = 0; replica < replicas; replica++) servers.push(await start());
    const sentinel = [
      `sentinel monitor ${name} 127.0.0.1 ${primary.port} ${Math.floor(sentinels / 2) + 1}`,
      `sentinel down-after-milliseconds ${name} ${downAfter}`,
      `sentinel failover-timeout ${name} ${4 * downAfter}`,
      ...(password === undefined ? [] : [`sentinel auth-pass ${name} ${JSON.stringify(password)}`]),
      ...sentinelLines,
    ];
    const secret = sentinelPassword === undefined ? {} : { password: sentinelPassword };
    for (let watcher = 0; watcher < sentinels; watcher++) {
      watchers.push(await startRedisServer({ ...listening, ...secret, sentinel }));
    }
    const all = new RedisSentinels(servers, watchers, name, password);
    await all.hurry();
    await all.untilAgreed();
    return all;
  } catch (error) {
    await Promise.all([...watchers, ...servers].map((server) => server.stop()));
    throw error;
  }
}

/** What a sentinel says of a server, by field. */
type Said = Readonly<Record<string, string>>;

/** A primary with replicas and sentinels; `startSentinels` makes them. */
export class RedisSentinels {
  private readonly connections = new Map<RedisServer, Connection>();

  /** @internal */
  constructor(
    /** Those that hold data: the first one is the primary at the start. */
    readonly servers: readonly RedisServer[],
    readonly sentinels: readonly RedisServer[],
    /** What the sentinels call the primary. */
    readonly name: string,
    private readonly password: string | undefined,
  ) {
    for (const server of [...servers, ...sentinels]) {
      this.connections.set(server, new Connection(server.address, { name: 'redis-sentinels' }));
    }
  }

  /** `redis+sentinel://` or `rediss+sentinel://`, with the password of the servers. */
  get url(): string {
    const credentials = this.password === undefined ? '' : `:${encodeURIComponent(this.password)}@`;
    const nodes = this.sentinels.map(({ port }) => `127.0.0.1:${port}`);
    const scheme = this.sentinels[0]?.url.startsWith('rediss') ? 'rediss' : 'redis';
    return `${scheme}+sentinel://${credentials}${nodes.join()}/${this.name}`;
  }

  /** Sends a command to a server or a sentinel. */
  command(to: RedisServer, name: string, ...args: (string | number)[]): Promise<unknown> {
    return (this.connections.get(to) as Connection).command(name, ...args);
  }

  /** The server that the first sentinel that runs names as the primary. */
  async primary(): Promise<RedisServer> {
    const sentinel = this.running(this.sentinels)[0];
    if (!sentinel) throw new Error('no sentinel runs');
    const port = await this.named(sentinel);
    return this.servers.find((server) => server.port === port) as RedisServer;
  }

  /** Promotes a replica by hand, and resolves with it when all agree. A sentinel that is not ready is asked again. */
  async failover(): Promise<RedisServer> {
    const before = await this.primary();
    await until('a sentinel fails over', async () => {
      const answer = await this.command(
        this.running(this.sentinels)[0] as RedisServer,
        'SENTINEL',
        'FAILOVER',
        this.name,
      ).catch(String);
      return answer === 'OK' || (await this.primary()) !== before;
    });
    return this.untilPromoted(before);
  }

  /** Resolves with the new primary when it has taken the place of this one and all that run agree. */
  async untilPromoted(before: RedisServer): Promise<RedisServer> {
    await until('another server is the primary', async () => (await this.primary()) !== before);
    await this.untilAgreed();
    return this.primary();
  }

  /** Resolves when the sentinels that run name one primary, which runs, and all that run follow it. */
  async untilAgreed(): Promise<void> {
    await until('sentinels and servers agree', () => this.areAgreed().catch(() => false));
  }

  /** Ends all of them and removes their folders. */
  async stop(): Promise<void> {
    for (const connection of this.connections.values()) connection.close();
    await Promise.all([...this.sentinels, ...this.servers].map((server) => server.stop()));
  }

  /** @internal Redis 6.2 has no such command; there it takes some seconds longer. */
  async hurry(): Promise<void> {
    for (const sentinel of this.sentinels) await this.command(sentinel, 'SENTINEL', 'DEBUG', ...PACE).catch(() => {});
  }

  private running(servers: readonly RedisServer[]): readonly RedisServer[] {
    return servers.filter(({ isRunning }) => isRunning);
  }

  private async named(sentinel: RedisServer): Promise<number> {
    const [, port] = (await this.command(sentinel, 'SENTINEL', 'GET-MASTER-ADDR-BY-NAME', this.name)) as string[];
    return Number(port);
  }

  private async areAgreed(): Promise<boolean> {
    const primary = await this.primary();
    for (const server of this.running(this.servers)) {
      const [role, ...said] = (await this.command(server, 'ROLE')) as [string, ...unknown[]];
      if (server === primary ? role !== 'master' : said[1] !== primary.port || said[2] !== 'connected') return false;
    }
    for (const sentinel of this.running(this.sentinels)) {
      const said = fields(await this.command(sentinel, 'SENTINEL', 'MASTER', this.name));
      const replicas = ((await this.command(sentinel, 'SENTINEL', 'REPLICAS', this.name)) as unknown[]).map(fields);
      const followed = replicas.filter((replica) => replica['master-link-status'] === 'ok');
      if (Number(said.port) !== primary.port || said.flags !== 'master') return false;
      if (Number(said['num-other-sentinels']) < this.sentinels.length - 1) return false;
      if (followed.length < this.running(this.servers).length - 1) return false;
    }
    return true;
  }
}

function fields(list: unknown): Said {
  const words = list as string[];
  return Object.fromEntries(words.flatMap((word, at) => (at % 2 === 0 ? [[word, words[at + 1] as string]] : [])));
}

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  for (const since = performance.now(); !(await isSo()); await sleep(50)) {
    if (performance.now() - since > AGREED_WITHIN_MS)
      throw new Error(`Waited ${AGREED_WITHIN_MS / 1_000} s until ${what}.`);
  }
}
