import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { EXIT } from '../worker/contract';
import { hashOf } from '../worker/definition';
import { Pace } from '../worker/drain';
import { WorkQueueError } from '../worker/errors';
import { type Answer, type Claimed, type Connection, Incarnation } from '../worker/redis';
import { SCRIPTS } from '../worker/scripts';
import type { WorkerSettings } from '../worker/settings';
import type { Checkpoint } from './handler-log';
import { HandlerLog, now } from './handler-log';
import { type Addition, failsIn, PUT_OFF, parseItem } from './items';
import { digest } from './random';

/** Items that an incarnation claims at once. */
const CLAIMS_AT_MOST = 4;
/** An item that fails in its first attempt is due again after so many ms. */
const RETRY_DELAY = 200;
/** One that has nothing new, and holds something, asks again after so many ms. */
const HELD_PAUSE = 250;
/** Items that came to their end are settled before one begins that ends later than so many ms after them. */
const SETTLES_WITHIN = 500;
/** In the place of a dead one comes another within so many leases. */
const REPLACED_WITHIN = 1;

export interface SimulatedOptions {
  readonly connection: Connection;
  readonly queue: string;
  readonly settings: WorkerSettings;
  /** Name for people. */
  readonly name: string;
  readonly log: string;
}

/** It is dead, and makes no further call. */
class Dead extends WorkQueueError {
  readonly exitCode = EXIT.drained;
}

/** Items that came to their end, and are not settled yet. */
class Settled {
  advance = 0;
  readonly retry: (readonly [id: number, position: number, delay: number])[] = [];
  readonly later: (readonly [id: number, position: number, delay: number])[] = [];
  readonly forget: number[] = [];
  /** Items that are done, and left checkpoints before. */
  readonly checkpoint: (readonly [id: number])[] = [];
  readonly add: Adding[];

  /** @param refused what Redis had no room for */
  constructor(refused: readonly Adding[] = []) {
    this.add = refused.map((adding) => ({ ...adding, position: -1 }));
  }

  /** As an exchange tells it. */
  get told(): { advance: number; outcomes: string | Uint8Array } {
    const { advance, add, ...lists } = this;
    const outcomes: Record<string, unknown> = Object.fromEntries(
      Object.entries(lists).filter(([, list]) => list.length > 0),
    );
    if (add.length > 0) {
      outcomes.add = add.map(({ id, position, adds }) => {
        return [
          id,
          position,
          adds.map(({ payload, key }) => [0, Buffer.byteLength(payload), key === undefined ? 0 : 1]),
        ];
      });
    }
    if (Object.keys(outcomes).length === 0) return { advance, outcomes: '' };
    const added = add.flatMap(({ adds }) => adds.flatMap(bytesOf));
    return { advance, outcomes: Buffer.concat([Buffer.from(`${JSON.stringify(outcomes)}\n`), ...added]) };
  }
}

/** An item that is done and adds others. */
interface Adding {
  readonly id: number;
  readonly position: number;
  readonly adds: readonly Addition[];
}

function bytesOf({ payload, key }: Addition): Uint8Array[] {
  return [...(key === undefined ? [] : [hashOf(key)]), Buffer.from(payload)];
}

/** What it had no room for. */
function refusedOf(answer: Answer, settled: Settled): readonly Adding[] {
  return 'more' in answer && answer.more.full ? settled.add : [];
}

/** One incarnation, until it dies, is stale, or finds the queue drained. */
interface Life {
  readonly connection: Connection;
  dead: boolean;
  stale: boolean;
  /** Nothing that it says gets through before. */
  silentUntil: number;
  /** Whether it may hold something, and has to renew. */
  holds: boolean;
  /** When it sent the last call that was answered. */
  heardOf: number;
  /** Those that it has given up. */
  incarnations: readonly string[];
}

/**
 * A place for simulated incarnations, one after the other: each does what a worker process does, with the real scripts,
 * and shares its connection with others. Its handlers do nothing but wait.
 */
export class Simulated {
  private readonly log: HandlerLog;
  private life: Life | undefined;
  private current: Incarnation | undefined;
  private renewing = false;
  private epoch = '';

  constructor(private readonly options: SimulatedOptions) {
    this.log = new HandlerLog(options.log);
  }

  /** Whether something of it would be taken back, if it died now. */
  get holds(): boolean {
    return this.life?.holds ?? false;
  }

  /** Resolves when it has found the queue drained. */
  async run(): Promise<void> {
    const { lease } = this.options.settings;
    for (;;) {
      const life = this.begin();
      this.life = life;
      const renewals = setInterval(() => void this.renew(life), lease / 4);
      try {
        if (await this.live(life)) return;
      } catch (error) {
        if (!(error instanceof Dead)) throw error;
        await sleep(randomInt(REPLACED_WITHIN * lease) + 1);
      } finally {
        clearInterval(renewals);
        this.life = undefined;
      }
    }
  }

  /** Ends the incarnation as kill -9 does. */
  die(): void {
    if (!this.life || this.life.dead) return;
    this.life.dead = true;
    this.log.write('D', now().toFixed(1));
  }

  /** It goes on working, and Redis does not hear of it. */
  fallSilent(ms: number): void {
    if (!this.life || this.life.dead) return;
    this.life.silentUntil = now() + ms;
    this.log.write('N', now().toFixed(1), this.life.silentUntil.toFixed(1));
  }

  /** The process that all of them share stood still. */
  stalled(from: number, to: number): void {
    this.log.write('Z', from.toFixed(1), to.toFixed(1));
  }

  /** The connection of one incarnation, over which a dead one calls no more, and a silent one late. */
  private begin(): Life {
    const shared = this.options.connection;
    const run: Connection['run'] = async (...call) => {
      // Whoever falls silent while it waits goes on waiting.
      for (let left = life.silentUntil - now(); left > 0; left = life.silentUntil - now()) await sleep(left);
      if (life.dead) throw new Dead();
      const sentAt = now();
      const answer = await shared.run(...call);
      this.heard(life, sentAt);
      return answer;
    };
    const connection: Connection = Object.assign(Object.create(shared), { run });
    const life: Life = {
      connection,
      dead: false,
      stale: false,
      silentUntil: 0,
      holds: false,
      heardOf: now(),
      incarnations: [],
    };
    return life;
  }

  /** Many share a connection and a process: where their machine is busy, an answer may take most of a lease. */
  private heard(life: Life, sentAt: number): void {
    const at = now();
    if (life.holds && at - life.heardOf > this.options.settings.lease / 2) {
      this.log.write('W', life.heardOf.toFixed(1), at.toFixed(1));
    }
    life.heardOf = Math.max(life.heardOf, sentAt);
  }

  /** False: it is stale. */
  private async live(life: Life): Promise<boolean> {
    const { queue, settings, name } = this.options;
    const earlier = { epoch: this.epoch, incarnations: life.incarnations };
    const incarnation = await Incarnation.enter(life.connection, queue, { ...settings, worker: name }, earlier);
    life.incarnations = [...life.incarnations.slice(-7), incarnation.id];
    this.current = incarnation;
    this.epoch = incarnation.epoch;
    this.log.write('P', this.epoch);
    let settled = new Settled();
    const pace = new Pace();
    for (;;) {
      if (life.dead) throw new Dead();
      const want = 1 + randomInt(CLAIMS_AT_MOST);
      life.holds = true;
      const answer = await incarnation.exchange({ ...settled.told, want, need: want, leaving: false }, false);
      settled = new Settled(refusedOf(answer, settled));
      if (life.dead) throw new Dead();
      if (answer.kind === 'drained') return true;
      if (answer.kind === 'stale' || life.stale) return false;
      if (answer.kind === 'work') {
        pace.over();
        settled = await this.work(life, incarnation, answer, settled);
      } else {
        life.holds = settled.add.length > 0;
        await sleep(
          answer.kind === 'wait'
            ? pace.next(answer)
            : ((answer.kind === 'held' ? answer.due : undefined) ?? HELD_PAUSE),
        );
      }
      if (life.stale) return false;
    }
  }

  /** Works through what was claimed, one after the other; returns what is still to settle. */
  private async work(life: Life, incarnation: Incarnation, claimed: Claimed, before: Settled): Promise<Settled> {
    const ids = claimed.segments.flatMap(([first, count]) => Array.from({ length: count }, (_, i) => first + i));
    let settled = before;
    let settledAt = now();
    for (const [place, payload] of claimed.payloads.entries()) {
      const item = parseItem(String(payload));
      if (settled.advance > 0 && now() + item.work - settledAt > SETTLES_WITHIN) {
        const answer = await incarnation.exchange({ ...settled.told, want: 0, need: 0, leaving: false }, false);
        if (answer.kind === 'stale') life.stale = true;
        settled = new Settled(refusedOf(answer, settled));
        settledAt = now();
      }
      if (life.dead) throw new Dead();
      if (life.stale) break;
      const id = ids[place] as number;
      const token = claimed.token + place + 1;
      const charges = claimed.charges?.get(place);
      const attempt = (charges?.attempts ?? 0) + 1;
      this.log.write('S', now().toFixed(1), token, id, attempt, item.index, digest(String(payload)));
      const note = (what: 'E' | 'F' | 'L' | 'A') => this.log.write(what, now().toFixed(1), token, item.index);
      settled.advance++;
      const left = claimed.more.resumed?.[id];
      if (left !== undefined) {
        const { index, token: from, number } = JSON.parse(left) as Checkpoint;
        this.log.write('R', token, index, from, number);
      }
      if (failsIn(item, attempt)) {
        note('F');
        settled.retry.push([id, claimed.first + place, RETRY_DELAY]);
        continue;
      }
      if (item.kind === 'later' && (charges?.later ?? 0) < PUT_OFF.times) {
        note('L');
        settled.later.push([id, claimed.first + place, PUT_OFF.delay]);
        continue;
      }
      await sleep(item.work);
      if (life.dead) throw new Dead();
      if (life.stale) {
        note('A');
        break;
      }
      note('E');
      if (item.adds.length > 0) settled.add.push({ id, position: claimed.first + place, adds: item.adds });
      if (charges) settled.forget.push(id);
      if (left !== undefined) settled.checkpoint.push([id]);
    }
    return settled;
  }

  private async renew(life: Life): Promise<void> {
    const { current, renewing, epoch } = this;
    if (!current || renewing || !life.holds || life.dead) return;
    this.renewing = true;
    try {
      const args = [current.id, epoch, '', current.number, ''];
      const renewed = await life.connection.insist(() => life.connection.run(SCRIPTS.renew, this.options.queue, args));
      if (Number(renewed) === 0 && this.life === life) life.stale = true;
    } catch (error) {
      // What keeps it from renewing keeps the exchange as well, which says so.
      if (!(error instanceof WorkQueueError)) throw error;
    } finally {
      this.renewing = false;
    }
  }
}
