import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { queueKeys } from '../worker/contract';
import { SCRIPTS } from '../worker/scripts';
import type { Crowd } from './crowd';
import type { Filler } from './filler';
import { now } from './handler-log';
import type { Job } from './job';
import { Random } from './random';
import type { FaultKind, PlannedFault } from './schedule';
import type { OnTheWay, SlotMoves } from './slot-moves';
import type { Primaries, Store, Wire } from './store';

/** A fault that happened. Times in ms since 1970. */
export interface FaultRecord {
  readonly kind: FaultKind;
  readonly from: number;
  /** Until it was undone; for a signal, when it was sent. */
  to: number;
  /** What Redis wrote from here on until `from` is gone. */
  since?: number;
  /** SIGTERM, then kill -9: whether Redis knew before the kill that the worker leaves; undefined: it knew no such worker. */
  said?: boolean;
  /** Whose wire it was, all of them where it is undefined. */
  readonly place?: number;
  /** The process it met. */
  readonly process?: string;
}

/** What faults are done to. */
export interface Targets {
  readonly store: Store;
  readonly job: Job;
  readonly filler: Filler;
  readonly crowd: Crowd | undefined;
  readonly queue: string;
}

const ON_PROCESSES: readonly FaultKind[] = [
  'worker kill -9',
  'worker SIGTERM',
  'worker SIGTERM, then kill -9',
  'worker kill -9 among idle ones',
  'worker stopped past its lease',
  'worker stopped for a moment',
];

/** A replica is no further behind, in ms. */
const LAG = 1_500;

/** So many workers die at once with nothing in their hands. */
const IDLE_ONES = 50;

/** One that is blocked hears SIGTERM late, and says that it leaves when it does; it is killed after so long, in ms, at the latest. */
const SAID_WITHIN = 2_500;

/** A fault that does not wait for an item waits so long for a process to be there, in ms. */
const THERE_WITHIN = 1_000;

/** What is so for a while. */
interface Lasting {
  on(): void;
  off(): void;
}

type Target = NonNullable<ReturnType<Job['at']>>;

/** Does faults to a run, and remembers when. */
export class Faults {
  readonly records: FaultRecord[] = [];
  private readonly under = new Set<Promise<void>>();
  private readonly holds = new Map<unknown, number>();
  private readonly over = new AbortController();
  private redisTurn: Promise<void> = Promise.resolve();
  /** Faults of Redis that happen, or wait until it is their turn. */
  inLine = 0;
  private readonly ended = new Promise<false>((resolve) =>
    this.over.signal.addEventListener('abort', () => resolve(false), { once: true }),
  );

  constructor(
    private readonly targets: Targets,
    private readonly failed: (error: unknown) => void,
  ) {
    // Every fault that is under way waits for it.
    setMaxListeners(0, this.over.signal);
  }

  /** Begins a fault. One that finds nobody to meet does not happen. */
  inject(fault: PlannedFault): void {
    const done = this.happen(fault).catch(this.failed);
    this.under.add(done);
    done.finally(() => this.under.delete(done));
  }

  /** Undoes what lasts, and waits for it. */
  async end(): Promise<void> {
    this.over.abort();
    await Promise.all(this.under);
  }

  private async happen(fault: PlannedFault): Promise<void> {
    const { kind, target, lasts, step, twist, blind } = fault;
    const { store, job, filler, crowd } = this.targets;
    const { servers, wires } = store;
    const wire = wires[target] as Wire;
    const worker = ON_PROCESSES.includes(kind) ? await this.worker(target, !blind) : undefined;
    switch (kind) {
      case 'worker kill -9':
        if (!worker) return;
        this.record({ kind, process: worker.process.name });
        return worker.kill('SIGKILL');
      case 'worker SIGTERM':
        if (!worker) return;
        this.record({ kind, process: worker.process.name });
        worker.kill('SIGTERM');
        if (!twist) return;
        await this.pass(200);
        return worker.kill('SIGTERM');
      case 'worker SIGTERM, then kill -9':
        if (!worker) return;
        return this.killAfterSigterm(worker);
      case 'worker kill -9 among idle ones':
        if (!worker) return;
        await this.enterIdle(lasts);
        this.record({ kind, process: worker.process.name });
        return worker.kill('SIGKILL');
      case 'worker stopped past its lease':
      case 'worker stopped for a moment': {
        if (!worker) return;
        const stop = { on: () => worker.kill('SIGSTOP'), off: () => worker.kill('SIGCONT') };
        return this.lasting({ kind, process: worker.process.name }, worker.process, lasts, stop);
      }
      case 'connections of a worker killed by CLIENT KILL': {
        const record = this.record({ kind, place: target });
        await this.killClients(`worker-${target}-`);
        record.to = now();
        return;
      }
      case 'SCRIPT FLUSH': {
        const record = this.record({ kind });
        await Promise.all(servers.map((server) => server.insist(() => server.command('SCRIPT', 'FLUSH'))));
        record.to = now();
        return;
      }
      case 'redis restart':
      case 'redis kill -9':
        return this.inTurn(async () => {
          const record = this.record({ kind });
          await store.restart(kind === 'redis restart' ? 'SIGTERM' : 'SIGKILL');
          record.to = now();
        });
      case 'redis power cut':
        return this.inTurn(() => this.cutPower(kind, lasts, twist));
      case 'redis power cut during a fill':
        await filler.idle;
        return this.inTurn(() => this.cutPower(kind, lasts, twist, () => filler.more()));
      case 'redis stopped':
        return this.inTurn(() => {
          const { redis } = store;
          return this.lasting({ kind }, store, lasts, { on: () => redis.pause(), off: () => redis.resume() });
        });
      case 'connections cut':
        this.record({ kind, place: target });
        return wire.cut();
      case 'connections slow': {
        const slow = { on: () => wire.setDelay(lasts / 20), off: () => wire.setDelay(0) };
        return this.lasting({ kind, place: target }, `slow ${target}`, lasts, slow);
      }
      case 'replies dropped': {
        const drop = { on: () => void wire.dropReplies(true), off: () => void wire.dropReplies(false) };
        await this.lasting({ kind, place: target }, `deaf ${target}`, lasts, drop);
        if (twist) wire.cut();
        return;
      }
      case 'worker partitioned past its lease':
        return this.lasting({ kind, place: target }, wire, lasts, partition(wire));
      case 'redis partitioned from all': {
        const record = this.record({ kind });
        const parts = wires.map((each, place) => this.lasting({ kind, place }, each, lasts, partition(each), record));
        await Promise.all(parts);
        return;
      }
      case 'redis clock stepped': {
        const { clock } = store;
        if (!clock) return;
        // Before somebody holds items, and somebody else could take them, it would mean nothing.
        if (!blind) await Promise.all([target, (target + 1) % job.places].map((place) => this.worker(place, true)));
        return this.inTurn(async () => {
          this.record({ kind });
          clock.step(step);
          // Tokens may repeat where Redis loses the very moment in which the queue noticed.
          const wall = await this.wall();
          while (!job.over && !this.over.signal.aborted && (await this.wall()) === wall) await this.pass(20);
        });
      }
      case 'redis failover': {
        const old = await this.inTurn(async () => {
          const record = this.record({ kind });
          record.to = Number.POSITIVE_INFINITY;
          const replaced = await store.failOver();
          record.to = now();
          return replaced;
        });
        if (!twist) await this.pass(lasts);
        return store.remove(old);
      }
      case 'primary killed, a replica takes over':
      case 'primary away until a replica has taken over':
      case 'failover by hand':
        return this.inTurn(async () => {
          const record = this.record({ kind });
          record.to = Number.POSITIVE_INFINITY;
          record.since = record.from - LAG;
          await this.replacePrimary(kind, store.primaries as Primaries);
          record.to = now();
        });
      case 'redis at maxmemory':
        return this.inTurn(async () => {
          const record = this.record({ kind });
          const limit = (bytes: number) =>
            Promise.all(servers.map((one) => one.insist(() => one.command('CONFIG', 'SET', 'maxmemory', bytes))));
          await limit(1);
          await this.pass(lasts);
          await limit(0);
          record.to = now();
        });
      case 'incarnations die in a crowd':
      case 'incarnations fall silent in a crowd':
        if (!crowd) return;
        this.record({ kind });
        return kind === 'incarnations die in a crowd'
          ? crowd.die(twist ? 1 : 0.5)
          : crowd.fallSilent(twist ? 1 : 0.5, lasts);
      case 'slot moved key by key':
      case 'slot half moved for a while':
      case 'slot move turned back':
      case 'slot moved at once':
        return this.inTurn(() => this.moveSlot(fault, store.moves as SlotMoves));
    }
  }

  private replacePrimary(kind: FaultKind, primaries: Primaries): Promise<void> {
    if (kind === 'failover by hand') return primaries.promote();
    return kind === 'primary killed, a replica takes over' ? primaries.kill() : primaries.silence();
  }

  /** To the node after, or the one before. */
  private async moveSlot({ kind, at, target, lasts, twist, blind }: PlannedFault, moves: SlotMoves): Promise<void> {
    if (kind === 'slot moved at once' && !moves.atomic) return;
    const to = (moves.owner + 1 + (target % 2)) % 3;
    const random = new Random(at);
    const record = this.record({ kind });
    record.to = Number.POSITIVE_INFINITY;
    const half = kind === 'slot half moved for a while';
    const way: OnTheWay = {
      pause: () => this.pass((random.next() * (half ? 500 : lasts)) / 5),
      ...(half && { half: () => this.pass(lasts) }),
      ...(half && twist && { dies: blind ? ('from' as const) : ('to' as const) }),
    };
    if (kind === 'slot moved at once') await moves.moveAtOnce(to);
    else if (kind === 'slot move turned back') await moves.turnBack(to, at, way, (act) => this.alone(act));
    else await moves.move(to, at, way);
    record.to = now();
  }

  /** No client but those of the harness reaches Redis meanwhile. */
  private async alone(act: () => Promise<void>): Promise<void> {
    const { wires, servers } = this.targets.store;
    const release = wires.map((wire) => this.hold(wire, partition(wire)));
    // What is under way is there when the second of them is answered.
    for (let i = 0; i < 2; i++) {
      await sleep(50);
      await Promise.all(servers.map((server) => server.insist(() => server.command('PING'))));
    }
    await act();
    for (const end of release) end();
  }

  /** Who is at a place, as soon as it is at an item, or else within a moment; nobody, where the run is over before. */
  private async worker(place: number, atItem: boolean): Promise<Target | undefined> {
    const { job } = this.targets;
    const since = now();
    while (!job.over && !this.over.signal.aborted && (atItem || now() - since < THERE_WITHIN)) {
      const worker = job.at(place);
      if (worker && (!atItem || job.atItem(place))) return worker;
      await this.pass(5);
    }
    return undefined;
  }

  /** Kills half a second after SIGTERM; later, where Redis does not know yet that this worker leaves. */
  private async killAfterSigterm(worker: Target): Promise<void> {
    const { name, place } = worker.process;
    const lives = () => this.targets.job.at(place)?.process === worker.process;
    const record = this.record({ kind: 'worker SIGTERM, then kill -9', process: name });
    worker.kill('SIGTERM');
    await this.pass(500);
    while (lives() && !this.over.signal.aborted) {
      const said = await Promise.race([this.saysLeaving(name), this.ended]);
      if (said !== undefined) record.said = said;
      if (said || now() - record.from > SAID_WITHIN) break;
      await this.pass(20);
    }
    record.to = now();
    worker.kill('SIGKILL');
  }

  /** Whether a worker is on record as leaving; undefined: it is not on record. */
  private async saysLeaving(name: string): Promise<boolean | undefined> {
    const { store, queue } = this.targets;
    const { leases, idle, worker } = queueKeys(queue);
    const ask = (command: string, ...args: (string | number)[]) =>
      store.admin.insist(() => store.admin.command(command, ...args));
    const all = [await ask('ZRANGE', leases, 0, -1), await ask('ZRANGE', idle, 0, -1)] as string[][];
    for (const incarnation of all.flat()) {
      const [called, leaving] = (await ask('HMGET', worker + incarnation, 'name', 'leaving')) as (string | null)[];
      if (called === name) return leaving === '1';
    }
    return undefined;
  }

  /** Workers that die at once and hold nothing: all that Redis has of them is that they registered. */
  private async enterIdle(lease: number): Promise<void> {
    const { store, queue } = this.targets;
    const enter = () => {
      const entry = [randomUUID(), lease, 'idle', '', 0, 3, 'idle', '', ''];
      return store.admin.insist(() => store.admin.run(SCRIPTS.enter, queue, entry));
    };
    await Promise.all(Array.from({ length: IDLE_ONES }, enter));
  }

  /**
   * Lets Redis work on for a while, which it then forgets. What begins in that time, a fill, is cut off early on.
   */
  private async cutPower(kind: FaultKind, ms: number, torn: boolean, begin?: () => Promise<boolean>): Promise<void> {
    const { store } = this.targets;
    const points = [store.written()];
    const timer = setInterval(() => points.push(store.written()), 50);
    let record: FaultRecord;
    try {
      const begun = begin && (await Promise.race([begin(), this.ended]));
      await this.pass(ms);
      // Everything was in before: no fill was met.
      record = this.record({ kind: begun === false ? 'redis power cut' : kind });
    } finally {
      clearInterval(timer);
    }
    record.to = Number.POSITIVE_INFINITY;
    record.since = await store.cutPower(points, torn);
    record.to = now();
  }

  /** Redis' clock, as the queue saw it last. */
  private wall(): Promise<unknown> {
    const { admin } = this.targets.store;
    return admin.insist(() => admin.command('HGET', queueKeys(this.targets.queue).meta, 'wall'));
  }

  private record(fault: Omit<FaultRecord, 'from' | 'to'>): FaultRecord {
    const at = now();
    const record = { ...fault, from: at, to: at };
    this.records.push(record);
    return record;
  }

  /** Two faults that do the same to one target at the same time end with the later one. */
  private async lasting(
    fault: Omit<FaultRecord, 'from' | 'to'>,
    target: unknown,
    ms: number,
    act: Lasting,
    record = this.record(fault),
  ): Promise<void> {
    record.to = Number.POSITIVE_INFINITY;
    const release = this.hold(target, act);
    await this.pass(ms);
    release();
    record.to = now();
  }

  /** Begins it, unless it is so already; returns what ends it, unless others still need it. */
  private hold(target: unknown, { on, off }: Lasting): () => void {
    const holds = this.holds.get(target) ?? 0;
    this.holds.set(target, holds + 1);
    if (holds === 0) on();
    return () => {
      const left = (this.holds.get(target) as number) - 1;
      this.holds.set(target, left);
      if (left === 0) off();
    };
  }

  private inTurn<T>(act: () => Promise<T>): Promise<T> {
    this.inLine++;
    const turn = this.redisTurn.then(act);
    const left = () => {
      this.inLine--;
    };
    this.redisTurn = turn.then(left, left);
    return turn;
  }

  private async killClients(prefix: string): Promise<void> {
    for (const server of this.targets.store.servers) {
      const list = String(await server.insist(() => server.command('CLIENT', 'LIST')));
      for (const line of list.split('\n')) {
        const id = /^id=(\d+)/.exec(line)?.[1];
        if (id === undefined || !line.includes(` name=${prefix}`)) continue;
        // It may have gone by itself meanwhile.
        await server.command('CLIENT', 'KILL', 'ID', id).catch(() => undefined);
      }
    }
  }

  private async pass(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.over.signal, ref: false }).catch(() => undefined);
  }
}

function partition(wire: Wire): Lasting {
  return { on: () => wire.blackhole(true), off: () => wire.blackhole(false) };
}
