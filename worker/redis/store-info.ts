/** Memory of the Redis that holds a queue, in bytes. */
export interface StoreMemory {
  /** In use, as far as it counts against {@link StoreMemory.max}; by all that this Redis holds, not by the queue alone. */
  readonly used: number;
  /** Its `maxmemory`, at which fills are refused; undefined where it has none. */
  readonly max: number | undefined;
}

/** From this part of `maxmemory` on, a Redis counts as nearly full. */
export const NEARLY_FULL = 0.9;

/** How full it is, from 0 to 1; 0 where nothing limits it. */
export function fullness({ used, max }: StoreMemory): number {
  return max === undefined ? 0 : used / max;
}

const MEBIBYTE = 1_048_576;

/** `9.51 of 153 MiB`, or what is in use alone. */
export function memoryText({ used, max }: StoreMemory): string {
  return `${max === undefined ? '' : `${mebibytes(used)} of `}${mebibytes(max ?? used)} MiB`;
}

function mebibytes(bytes: number): number {
  const value = bytes / MEBIBYTE;
  return value >= 100 ? Math.round(value) : Number(value.toPrecision(3));
}

/** What Redis says of itself in reply to `INFO`. Whatever it leaves out is undefined. */
export class StoreInfo {
  constructor(private readonly text: string) {}

  /** What kind of server it is, and its version: `Valkey 8.1.1`. */
  get server(): string | undefined {
    const named = SERVERS.find(([pattern]) => pattern.test(this.text));
    const version = named && (named[2] === undefined ? undefined : this.field(named[2]));
    const name = named?.[1] ?? (this.version && 'Redis');
    const own = (version ?? this.version)?.replace(/^(df-)?v(?=\d)/, '');
    return name && own ? `${name} ${own}` : name;
  }

  /** What somebody who reads the log of a worker should know of it. */
  get facts(): string {
    const { memory } = this;
    return [
      this.server ?? 'it does not say what it is',
      ...(this.isCluster ? ['a node of a cluster'] : []),
      ...(this.isReplica ? ['a replica'] : []),
      ...(this.hasAppendOnlyFile === false ? ['no append-only file'] : []),
      ...(memory ? [`${memoryText(memory)} in use`] : []),
    ].join(', ');
  }

  /** The version of Redis that it is compatible with. */
  get version(): string | undefined {
    return this.field('redis_version');
  }

  get evictionPolicy(): string | undefined {
    return this.field('maxmemory_policy');
  }

  get isReplica(): boolean {
    return this.field('role') === 'slave';
  }

  /** Whether it watches servers, and is none that holds data. */
  get isSentinel(): boolean {
    return this.field('redis_mode') === 'sentinel';
  }

  /** Whether it is a node of a cluster; undefined where it does not say. */
  get isCluster(): boolean | undefined {
    if (this.field('redis_mode') === 'cluster') return true;
    const enabled = this.field('cluster_enabled');
    return enabled === undefined ? undefined : enabled === '1';
  }

  /** Whether it writes an append-only file. */
  get hasAppendOnlyFile(): boolean | undefined {
    const enabled = this.field('aof_enabled');
    return enabled === undefined ? undefined : enabled === '1';
  }

  /** Replicas that are in sync. */
  get replicas(): number {
    return this.text.match(/^slave\d+:.*\bstate=online\b/gm)?.length ?? 0;
  }

  get memory(): StoreMemory | undefined {
    const used = this.field('used_memory');
    if (used === undefined) return undefined;
    const max = Number(this.field('maxmemory') ?? 0);
    return {
      used: Math.max(0, Number(used) - Number(this.field('mem_not_counted_for_evict') ?? 0)),
      max: max > 0 ? max : undefined,
    };
  }

  private field(name: string): string | undefined {
    return new RegExp(`^${name}:([^\r\n]*[^\\s])`, 'm').exec(this.text)?.[1];
  }
}

/** What gives a server away, its name, and the field that holds its own version. */
const SERVERS: readonly [RegExp, string, version?: string][] = [
  [/^dragonfly_version:/m, 'Dragonfly', 'dragonfly_version'],
  [/^garnet_version:/m, 'Garnet', 'garnet_version'],
  [/^kvrocks_version:/m, 'Kvrocks', 'kvrocks_version'],
  [/^upstash_version:/m, 'Upstash', 'upstash_version'],
  [/^rlec_version:/m, 'Redis Enterprise', 'rlec_version'],
  [/^mvcc_depth:/m, 'KeyDB'],
  [/^os:Amazon ElastiCache/m, 'ElastiCache', 'valkey_version'],
  [/^os:Amazon MemoryDB/m, 'MemoryDB', 'valkey_version'],
  [/^(valkey_version:|server_name:valkey)/m, 'Valkey', 'valkey_version'],
];
