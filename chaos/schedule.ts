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

export type FaultKind = (typeof FAULT_KINDS)[number];

/** A fault to come. */
export interface PlannedFault {
  readonly kind: FaultKind;
  /** ms after the first item began. */
  readonly at: number;
  /** Whom it meets, where it is not Redis: the number of a worker; for the wire, one more is the filler. */
  readonly target: number;
  /** How long it lasts, in ms, where it does. */
  readonly lasts: number;
  /** How far Redis' clock is set, in ms; below 0: back. */
  readonly step: number;
  /**
   * Dropped replies: cut the connections afterwards, instead of leaving them deaf. SIGTERM: send a second one. Failover:
   * the old primary is killed at once, instead of staying for a while as a replica. Power cut: half of the tail of the file
   * is there, and ends within a command.
   */
  readonly twist: boolean;
  /** A signal or clock step that meets processes whatever they are at, also while they start; the others wait for items. */
  readonly blind: boolean;
}

export interface ScheduleOptions {
  readonly seed: number;
  readonly faults: number;
  /** One fault in so many ms. */
  readonly every: number;
  readonly workers: number;
  readonly lease: number;
  /** Only kinds that hold one of these words. @default all */
  readonly only?: readonly string[];
}

/** Faults of the network, which the filler may meet as well as a worker. */
const ON_THE_WIRE: readonly FaultKind[] = ['connections cut', 'connections slow', 'replies dropped'];

/** The faults of a run: kinds, targets and times follow from the seed alone. Each kind comes once in a round. */
export function planFaults({ seed, faults, every, workers, lease, only }: ScheduleOptions): PlannedFault[] {
  const random = new Random(seed);
  const kinds = kindsOf(only);
  let round: FaultKind[] = [];
  return Array.from({ length: faults }, (_, i) => {
    if (round.length === 0) round = random.shuffle(kinds);
    const kind = round.pop() as FaultKind;
    return {
      kind,
      at: Math.round((i + 1 + random.next() * 0.5) * every),
      target: random.below(workers + (ON_THE_WIRE.includes(kind) ? 1 : 0)),
      lasts: lasts(kind, lease, random),
      step: step(lease, random),
      twist: random.next() < 0.5,
      blind: random.next() < 0.25,
    };
  });
}

/** The kinds that hold one of the words, all without any. */
export function kindsOf(words: readonly string[] | undefined): readonly FaultKind[] {
  return FAULT_KINDS.filter((kind) => !words?.length || words.some((word) => kind.includes(word)));
}

function lasts(kind: FaultKind, lease: number, random: Random): number {
  switch (kind) {
    case 'worker kill -9 among idle ones':
      return lease;
    case 'worker stopped past its lease':
    case 'worker partitioned past its lease':
      return random.between(lease * 1.5, lease * 2.5);
    case 'worker stopped for a moment':
      return random.between(lease * 0.1, lease * 0.4);
    case 'redis stopped':
    case 'redis partitioned from all':
    case 'redis at maxmemory':
      return random.between(lease * 0.1, lease * 1.5);
    case 'redis failover':
      return random.between(lease, lease * 2);
    case 'redis power cut':
      return random.between(200, 1_400);
    case 'redis power cut during a fill':
      return random.between(0, 600);
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
