import { Random } from './random';

/** What can go wrong, in the words of the report. */
export const FAULT_KINDS = [
  'worker kill -9',
  'worker stopped past its lease',
  'worker stopped for a moment',
  'worker SIGTERM',
  'worker SIGTERM, then kill -9',
  'worker kill -9 among idle ones',
  'connections of a worker killed by CLIENT KILL',
  'SCRIPT FLUSH',
  'redis restart',
  'redis kill -9',
  'redis power cut',
  'redis power cut during a fill',
  'redis stopped',
  'connections cut',
  'connections slow',
  'replies dropped',
  'worker partitioned past its lease',
  'redis partitioned from all',
  'redis clock stepped',
  'redis failover',
  'redis at maxmemory',
] as const;

/** What can go wrong in a Redis Cluster besides. */
export const SLOT_FAULT_KINDS = [
  'slot moved key by key',
  'slot half moved for a while',
  'slot move turned back',
  'slot moved at once',
] as const;

/** What can go wrong where a primary has replicas that others put in its place. What a replica did not have yet is gone. */
export const PRIMARY_FAULT_KINDS = [
  'primary killed, a replica takes over',
  'primary away until a replica has taken over',
  'failover by hand',
] as const;

/** What can go wrong with the pods of a replicated store. */
export const MEMBER_FAULT_KINDS = [
  'primary lost with its data',
  'replica lost with its data',
  'members restarted one after another',
  'members killed all at once',
  'sentinel killed',
] as const;

/** What changes where servers speak TLS and clients have a password. Both are good for a while. */
export const CREDENTIAL_FAULT_KINDS = ['certificate replaced', 'password rotated'] as const;

/** What can go wrong with many incarnations. */
export const CROWD_FAULT_KINDS = ['incarnations die in a crowd', 'incarnations fall silent in a crowd'] as const;

export type FaultKind =
  | (typeof FAULT_KINDS)[number]
  | (typeof SLOT_FAULT_KINDS)[number]
  | (typeof PRIMARY_FAULT_KINDS)[number]
  | (typeof MEMBER_FAULT_KINDS)[number]
  | (typeof CREDENTIAL_FAULT_KINDS)[number]
  | (typeof CROWD_FAULT_KINDS)[number];

/** What a run has beside workers and one Redis. */
export interface Setting {
  /** A Redis Cluster. */
  readonly cluster: boolean;
  /** The nodes of the cluster have replicas, which take their places. The slot stays where it is. */
  readonly replicas: boolean;
  /** A primary with replicas, and sentinels, which everybody asks for the way. */
  readonly sentinel: boolean;
  /** The rendered `RedisStore.replicated`, which has sentinels as well. */
  readonly replicated: boolean;
  /** Servers speak TLS, and clients have a password. */
  readonly tls: boolean;
  /** Simulated incarnations. */
  readonly incarnations: number;
}

/** The nodes of a cluster have no replicas, and the clocks of machines that watch one another do not jump. */
const NOT_IN_CLUSTER: readonly FaultKind[] = ['redis failover', 'redis clock stepped'];

/** The faults of a primary take the place of those of one server. */
const NOT_WITH_REPLICAS: readonly FaultKind[] = [
  ...NOT_IN_CLUSTER,
  'redis restart',
  'redis kill -9',
  'redis power cut',
  'redis power cut during a fill',
  'redis stopped',
];

/** Sentinels name the primary itself, past all wires. */
const NOT_WITH_SENTINELS: readonly FaultKind[] = [
  ...NOT_WITH_REPLICAS,
  'connections cut',
  'connections slow',
  'replies dropped',
  'worker partitioned past its lease',
  'redis partitioned from all',
];

/** A certificate is for its time. */
const NOT_WITH_TLS: readonly FaultKind[] = ['redis clock stepped'];

/** A fault to come. */
export interface PlannedFault {
  readonly kind: FaultKind;
  /** ms after the first item began. */
  readonly at: number;
  /**
   * Whom it meets, where it is not Redis: the number of a worker; for the wire, one more is the filler, and the next one
   * the simulated incarnations. A slot goes to the next node of the cluster, or to the one before.
   */
  readonly target: number;
  /** How long it lasts, in ms, where it does. */
  readonly lasts: number;
  /** How far Redis' clock is set, in ms; below 0: back. */
  readonly step: number;
  /**
   * Dropped replies: cut the connections afterwards, instead of leaving them deaf. SIGTERM: send a second one. Failover:
   * the old primary is killed at once, instead of staying for a while as a replica. Power cut: half of the tail of the file
   * is there, and ends within a command. A certificate: it is of another authority. A slot that is half moved: one of its nodes is killed and started again. A crowd:
   * all incarnations, instead of half of them.
   */
  readonly twist: boolean;
  /** A signal or clock step that meets processes whatever they are at, also while they start; the others wait for items. */
  readonly blind: boolean;
}

export interface ScheduleOptions extends Setting {
  readonly seed: number;
  readonly faults: number;
  /** One fault in so many ms. */
  readonly every: number;
  readonly workers: number;
  readonly lease: number;
  /** Only kinds that hold one of these words. @default all */
  readonly only?: readonly string[];
}

/** Nobody waits longer for a connection to be there, in ms. */
const CONNECTS_WITHIN = 5_000;

/** Faults of the network, which the filler may meet as well as a worker. */
const ON_THE_WIRE: readonly FaultKind[] = ['connections cut', 'connections slow', 'replies dropped'];

/** The faults of a run: kinds, targets and times follow from the seed alone. Each kind comes once in a round. */
export function planFaults({ seed, faults, every, workers, lease, only, ...setting }: ScheduleOptions): PlannedFault[] {
  const random = new Random(seed);
  const kinds = kindsOf(only, setting);
  const onTheWire = workers + 1 + (setting.incarnations > 0 ? 1 : 0);
  let round: FaultKind[] = [];
  return Array.from({ length: faults }, (_, i) => {
    if (round.length === 0) round = random.shuffle(kinds);
    const kind = round.pop() as FaultKind;
    return {
      kind,
      at: Math.round((i + 1 + random.next() * 0.5) * every),
      target: random.below(ON_THE_WIRE.includes(kind) ? onTheWire : workers),
      lasts: lasts(kind, lease, random),
      step: step(lease, random),
      twist: random.next() < 0.5,
      blind: random.next() < 0.25,
    };
  });
}

/** The kinds that such a run has and that hold one of the words, all without any. */
export function kindsOf(
  words: readonly string[] | undefined,
  { cluster, replicas, sentinel, replicated, tls, incarnations }: Setting,
): readonly FaultKind[] {
  const ofStore =
    sentinel || replicated ? NOT_WITH_SENTINELS : replicas ? NOT_WITH_REPLICAS : cluster ? NOT_IN_CLUSTER : [];
  const without = tls ? [...ofStore, ...NOT_WITH_TLS] : ofStore;
  const kinds: readonly FaultKind[] = [
    ...FAULT_KINDS.filter((kind) => !without.includes(kind)),
    ...(cluster && !replicas ? SLOT_FAULT_KINDS : []),
    ...(replicas || sentinel || replicated ? PRIMARY_FAULT_KINDS : []),
    ...(replicated ? MEMBER_FAULT_KINDS : []),
    ...(tls ? CREDENTIAL_FAULT_KINDS : []),
    ...(incarnations > 0 ? CROWD_FAULT_KINDS : []),
  ];
  return kinds.filter((kind) => !words?.length || words.some((word) => kind.includes(word)));
}

function lasts(kind: FaultKind, lease: number, random: Random): number {
  switch (kind) {
    case 'worker kill -9 among idle ones':
      return lease;
    case 'worker stopped past its lease':
    case 'worker partitioned past its lease':
    case 'incarnations fall silent in a crowd':
      return random.between(lease * 1.5, lease * 2.5);
    case 'worker stopped for a moment':
      return random.between(lease * 0.1, lease * 0.4);
    case 'redis stopped':
    case 'redis partitioned from all':
    case 'redis at maxmemory':
      return random.between(lease * 0.1, lease * 1.5);
    case 'slot half moved for a while':
      // Most for a moment, few for twenty seconds.
      return lease * (0.2 + 6.8 * random.next() ** 3);
    case 'slot moved key by key':
    case 'slot move turned back':
      return random.between(0, lease);
    case 'sentinel killed':
    case 'redis failover':
      return random.between(lease, lease * 2);
    case 'redis power cut':
      return random.between(200, 1_400);
    case 'redis power cut during a fill':
      return random.between(0, 600);
    case 'certificate replaced':
    case 'password rotated':
      // Nobody connects any longer with what was read before, not even a worker that was stopped meanwhile.
      return CONNECTS_WITHIN + lease * 2.5;
    case 'connections slow':
      return random.between(500, 2_000);
    case 'replies dropped':
      return random.between(200, 800);
    default:
      return 0;
  }
}

/** Either way, from a lease to a day, and each order of magnitude as often; less than half a lease is taken for time. */
function step(lease: number, random: Random): number {
  const length = lease * (86_400_000 / lease) ** random.next();
  return Math.round(random.next() < 0.5 ? length : -length);
}
