import { randomBytes } from 'node:crypto';
import { PROTOCOL_VERSION } from '../contract';
import { ConfigurationError, DataLostError } from '../errors';
import { SCRIPTS } from '../scripts';
import type { WorkerSettings } from '../settings';
import { EXCHANGES } from '../tracing';
import type { Connection } from './connection';

/** Items that an exchange handed out; positions, ids and tokens count up by one from item to item. */
export interface Claimed {
  readonly kind: 'work';
  /** Position of the first payload in the held list. */
  readonly first: number;
  readonly segments: readonly (readonly [first: number, count: number])[];
  /** Place in `payloads` → what became of its earlier attempts, for those that have had any. */
  readonly charges: ReadonlyMap<number, Charge> | undefined;
  /** This item runs alone, because a worker crashed over it. */
  readonly alone: boolean;
  readonly token: number;
  readonly name: number;
  readonly more: More;
  readonly payloads: readonly (string | Buffer)[];
}

/** What an item has behind it: attempts, those of them that ended in a crash, and how often its handler put it off. */
export interface Charge {
  readonly attempts: number;
  readonly crashes: number;
  readonly later: number;
}

/** Why a worker is to stop, though the queue is not drained. */
export type Over = 'cancelled' | 'failed';

/** What an answer says beside what it is: nothing, nearly always. */
export interface More {
  /** Id → what an earlier attempt at the item left, in JSON. */
  readonly resumed?: Readonly<Record<string, string>>;
  /** The item is the finalizer. */
  readonly finalizer?: boolean;
  readonly over?: Over;
  /** Redis has no room: what adds items is still in hand. */
  readonly full?: true;
  /** How far the queue is, for the one worker that says it. */
  readonly told?: Told;
}

/** How far a queue is. */
export interface Told {
  /** ms since somebody said it last, or since the queue began. */
  readonly ms: number;
  /** Items that have ended meanwhile. */
  readonly ended: number;
  /** Items that have ended. */
  readonly all: number;
  /** Items that are left. */
  readonly left: number;
  /** Items in all, once sealed. */
  readonly total?: number;
  /** Dead letters. */
  readonly dead: number;
}

/** Why there is nothing to do, though the queue is not drained. */
export type WaitReason =
  | 'filling'
  | 'unfilled'
  | 'others'
  | 'retries'
  | 'settling'
  | 'paused'
  | 'slowed'
  | 'finalizer'
  | 'rate'
  | 'empty'
  | 'missing'
  | Over;

/** What an exchange answers; what another exchange can follow has a name, which that one repeats. */
export type Answer =
  | Claimed
  | { readonly kind: 'held'; readonly name: number; readonly due: number | undefined; readonly more: More }
  | { readonly kind: 'stale' }
  | {
      readonly kind: 'wait';
      readonly why: WaitReason;
      /** When to ask again, in ms; undefined: whenever one likes. */
      readonly due: number | undefined;
      /** The queue's clock takes calls that are further apart, in ms, for a silence of Redis. */
      readonly gap: number;
      /** Workers that hold nothing. */
      readonly idle: number;
      readonly name: number;
      readonly more: More;
    }
  | { readonly kind: 'drained' | 'spare' | 'left'; readonly counts: Counts };

/** How a queue stands, in items. The finalizer is none. */
export interface Counts {
  readonly claimed: number;
  readonly done: number;
  readonly dead: number;
  readonly dropped: number;
  /** What became of the finalizer, once it came to its end. */
  readonly finalizer?: 'done' | 'dead' | undefined;
}

/** What a worker asks of an exchange. */
export interface Exchange {
  /** Items to take off the front of the held list. */
  readonly advance: number;
  /** What became of those that are not simply done; scripts/outcomes.ts. */
  readonly outcomes: string | Uint8Array;
  /** Position from which on the held list goes back. */
  readonly backFrom?: number;
  /** Items to claim at most; -1: leave. */
  readonly want: number;
  /** Of those, how many would start at once. */
  readonly need: number;
  /** The process was told to stop: its items are taken back without a charge. */
  readonly leaving: boolean;
}

/** Bytes that a claim looks ahead beyond its first item. */
const LOOK_AHEAD_BYTES = 1_048_576;

/** What this process was before. */
export interface Earlier {
  readonly epoch?: string;
  /** Names of incarnations that it has given up. */
  readonly incarnations?: readonly string[];
}

/** A worker process as Redis knows it: a name that is never used twice, and exchanges that are numbered. */
export class Incarnation {
  /** Number of the last exchange. */
  number = 0;
  /** Name of the last answer; 0: none yet. */
  answer = 0;

  private constructor(
    private readonly connection: Connection,
    private readonly queue: string,
    private readonly worker: string,
    readonly epoch: string,
    /** Whether the list was empty when this incarnation came. */
    readonly foundEmpty: boolean,
    readonly id: string,
  ) {}

  /**
   * Registers a new incarnation.
   *
   * @throws DataLostError the epoch in which this process worked before is gone
   * @throws ConfigurationError the queue was written by another protocol version
   */
  static async enter(
    connection: Connection,
    queue: string,
    settings: WorkerSettings & { readonly finally?: 'success' | 'always' | undefined },
    { epoch = '', incarnations: earlier = [] }: Earlier = {},
  ): Promise<Incarnation> {
    const id = randomBytes(8).toString('hex');
    const { lease, run, batch, settle, maxAttempts, worker, spareAfter: spare } = settings;
    const rate = settings.rate && `${settings.rate.items}/${settings.rate.per}`;
    const failFast = settings.failFast || undefined;
    const endless = settings.endless || undefined;
    const options = JSON.stringify({ spare, rate, finally: settings.finally, failFast, endless, earlier });
    const args = [id, lease, run, batch, settle, maxAttempts, worker, epoch, options];
    const [kind, detail, , length] = (await connection.insist(() => connection.run(SCRIPTS.enter, queue, args))) as [
      string,
      string,
      string,
      number,
    ];
    if (kind === 'lost') throw new DataLostError(`data lost: ${detail}`);
    if (kind === 'version') {
      throw new ConfigurationError(
        `the queue ${queue} was written by protocol version ${detail}, this worker speaks ${PROTOCOL_VERSION}; use an image of that version, or another queue name`,
      );
    }
    return new Incarnation(connection, queue, worker, detail, length === 0, id);
  }

  /**
   * One numbered exchange, sent until it is answered.
   *
   * @throws DataLostError the queue is not what it was
   */
  async exchange(exchange: Exchange, bytes: boolean, patience?: number): Promise<Answer> {
    const { advance, outcomes, backFrom, want, need, leaving } = exchange;
    this.number++;
    const args = [this.id, this.number, this.epoch, advance, outcomes, backFrom ?? '', want, need, LOOK_AHEAD_BYTES];
    args.push(this.answer);
    const ask = () => this.connection.run(SCRIPTS.exchange, this.queue, [...args, salt(), leaving ? 1 : ''], bytes);
    const answer = EXCHANGES.isHeard
      ? await this.traced(ask, patience)
      : parse((await this.connection.insist(ask, patience)) as unknown[]);
    this.answer = 'name' in answer ? answer.name : 0;
    return answer;
  }

  private traced(ask: () => Promise<unknown>, patience: number | undefined): Promise<Answer> {
    const { queue, worker, number } = this;
    const call = async () => parse((await this.connection.insist(ask, patience)) as unknown[]);
    return EXCHANGES.trace({ queue, worker, number }, call);
  }
}

/** Tells copies of an exchange apart. */
function salt(): number {
  return Math.floor(Math.random() * 2 ** 52);
}

function parse(reply: unknown[]): Answer {
  const text = (index: number) => String(reply[index] ?? '');
  const kind = text(0);
  switch (kind) {
    case 'work':
      return {
        kind,
        first: Number(reply[2]),
        segments: text(3)
          .split(' ')
          .map((part) => part.split(':').map(Number) as [number, number]),
        charges: parseCharges(text(4)),
        alone: text(5) === '1',
        token: Number(text(6)),
        name: Number(text(7)),
        more: parseMore(text(8)),
        // Taken out: while the reply itself is still known to somebody, the garbage collector would keep them all.
        payloads: reply.pop() as (string | Buffer)[],
      };
    case 'held':
      return {
        kind,
        name: Number(text(1)),
        due: text(2) === '' ? undefined : Number(text(2)),
        more: parseMore(text(3)),
      };
    case 'stale':
      return { kind };
    case 'wait':
      return {
        kind,
        why: text(2) as WaitReason,
        due: text(3) === '' ? undefined : Number(text(3)),
        gap: Number(text(4)),
        idle: Number(text(5)),
        name: Number(text(6)),
        more: parseMore(text(7)),
      };
    case 'drained':
    case 'spare':
    case 'left':
      return { kind, counts: countsIn(text) };
    case 'lost':
      throw new DataLostError(`data lost: ${text(1)}`);
    default:
      throw new Error(`an unknown answer: ${kind}`);
  }
}

/** The answer to a renewal: the queue's gap in ms, 0 where the incarnation no longer holds anything, and what else there is. */
export function parseRenewal(reply: unknown): { readonly gap: number; readonly more: More } {
  const [gap, more = ''] = Array.isArray(reply) ? reply : [reply];
  return { gap: Number(gap), more: parseMore(String(more)) };
}

function countsIn(text: (index: number) => string): Counts {
  const [claimed, done, dead, dropped] = [2, 3, 4, 5].map((index) => Number(text(index))) as [
    number,
    number,
    number,
    number,
  ];
  const [made = 0, ended = 0, given = 0] = text(6).split(':').map(Number);
  const finalizer = given > 0 ? 'dead' : made > 0 && ended === made ? 'done' : undefined;
  return { claimed: claimed - made, done: done - ended, dead: dead - given, dropped, finalizer };
}

function parseMore(text: string): More {
  return text === '' ? {} : JSON.parse(text);
}

function parseCharges(text: string): Claimed['charges'] {
  if (text === '') return undefined;
  return new Map(
    text.split(' ').map((part) => {
      const [place = 0, attempts = 0, crashes = 0, later = 0] = part.split(':').map(Number);
      return [place, { attempts, crashes, later }];
    }),
  );
}
