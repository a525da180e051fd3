import { setTimeout as sleep } from 'node:timers/promises';
import { queueKeys } from '../worker/contract';
import { Course, type FaultRecord, type Lasting } from './course';
import type { Credentials } from './credentials';
import type { Crowd } from './crowd';
import type { Filler } from './filler';
import { now } from './handler-log';
import type { Job } from './job';
import { TAKING_BACK } from './losses';
import { Random } from './random';
import type { FaultKind, PlannedFault } from './schedule';
import type { OnTheWay, SlotMoves } from './slot-moves';
import type { MemberLosses, Primaries, Store, Wire } from './store';
import { WorkerFaults } from './worker-faults';

/** What faults are done to. */
export interface Targets {
  readonly store: Store;
  readonly job: Job;
  readonly filler: Filler;
  readonly crowd: Crowd | undefined;
  readonly queue: string;
}

/** A replica is no further behind, in ms. */
const LAG = 1_500;

/** Does faults to a run, and remembers when. */
export class Faults {
  private readonly course = new Course();
  private readonly workers: WorkerFaults;
  private readonly under = new Set<Promise<void>>();

  constructor(
    private readonly targets: Targets,
    private readonly failed: (error: unknown) => void,
  ) {
    this.workers = new WorkerFaults(targets, this.course);
  }

  get records(): readonly FaultRecord[] {
    return this.course.records;
  }

  /** Faults that happen one after another, or wait until it is their turn. */
  get inLine(): number {
    return this.course.inLine;
  }

  /** Begins a fault. One that finds nobody to meet does not happen. */
  inject(fault: PlannedFault): void {
    const done = this.happen(fault).catch(this.failed);
    this.under.add(done);
    done.finally(() => this.under.delete(done));
  }

  /** Undoes what lasts, and waits for it. */
  async end(): Promise<void> {
    this.course.end();
    await Promise.all(this.under);
  }

  private async happen(fault: PlannedFault): Promise<void> {
    const { kind, target, lasts, step, twist, blind } = fault;
    const { course } = this;
    const { store, job, filler, crowd } = this.targets;
    const { servers, wires } = store;
    const wire = wires[target] as Wire;
    if (WorkerFaults.include(kind)) return this.workers.happen(fault);
    switch (kind) {
      case 'connections of a worker killed by CLIENT KILL': {
        const record = course.record({ kind, place: target });
        await this.killClients(`worker-${target}-`);
        record.to = now();
        return;
      }
      case 'SCRIPT FLUSH': {
        const record = course.record({ kind });
        await Promise.all(servers.map((server) => server.insist(() => server.command('SCRIPT', 'FLUSH'))));
        record.to = now();
        return;
      }
      case 'redis restart':
      case 'redis kill -9':
        return course.inTurn(async () => {
          const record = course.record({ kind });
          await store.restart(kind === 'redis restart' ? 'SIGTERM' : 'SIGKILL');
          record.to = now();
        });
      case 'redis power cut':
        return course.inTurn(() => this.cutPower(kind, lasts, twist));
      case 'redis power cut during a fill':
        await filler.idle;
        return course.inTurn(() => this.cutPower(kind, lasts, twist, () => filler.more()));
      case 'redis stopped':
        return course.inTurn(() => {
          const { redis } = store;
          return course.lasting({ kind }, store, lasts, { on: () => redis.pause(), off: () => redis.resume() });
        });
      case 'connections cut':
        course.record({ kind, place: target });
        return wire.cut();
      case 'connections slow': {
        const slow = { on: () => wire.setDelay(lasts / 20), off: () => wire.setDelay(0) };
        return course.lasting({ kind, place: target }, `slow ${target}`, lasts, slow);
      }
      case 'replies dropped': {
        const drop = { on: () => void wire.dropReplies(true), off: () => void wire.dropReplies(false) };
        await course.lasting({ kind, place: target }, `deaf ${target}`, lasts, drop);
        if (twist) wire.cut();
        return;
      }
      case 'worker partitioned past its lease':
        return course.lasting({ kind, place: target }, wire, lasts, partition(wire));
      case 'redis partitioned from all': {
        const record = course.record({ kind });
        const parts = wires.map((each, place) => course.lasting({ kind, place }, each, lasts, partition(each), record));
        await Promise.all(parts);
        return;
      }
      case 'redis clock stepped': {
        const { clock } = store;
        if (!clock) return;
        // Before somebody holds items, and somebody else could take them, it would mean nothing.
        if (!blind) await Promise.all([target, (target + 1) % job.places].map((place) => this.workers.at(place, true)));
        return course.inTurn(async () => {
          course.record({ kind });
          clock.step(step);
          // Tokens may repeat where Redis loses the very moment in which the queue noticed.
          const wall = await this.wall();
          while (!job.over && !course.isOver && (await this.wall()) === wall) await course.pass(20);
        });
      }
      case 'redis failover': {
        const old = await course.inTurn(async () => {
          const record = course.record({ kind });
          record.to = Number.POSITIVE_INFINITY;
          const replaced = await store.failOver();
          record.to = now();
          return replaced;
        });
        if (!twist) await course.pass(lasts);
        return store.remove(old);
      }
      case 'primary killed, a replica takes over':
      case 'primary away until a replica has taken over':
      case 'failover by hand':
        return course.inTurn(async () => {
          const record = course.record({ kind });
          record.to = Number.POSITIVE_INFINITY;
          record.since = record.from - LAG;
          await this.replacePrimary(kind, store.primaries as Primaries);
          record.to = now();
        });
      case 'primary lost with its data':
      case 'replica lost with its data':
      case 'members restarted one after another':
      case 'members killed all at once':
      case 'sentinel killed':
        return course.inTurn(async () => {
          const record = course.record({ kind });
          record.to = Number.POSITIVE_INFINITY;
          if (TAKING_BACK.includes(kind)) record.since = record.from - LAG;
          await this.loseMembers(fault, store.members as MemberLosses);
          record.to = now();
        });
      case 'redis at maxmemory':
        return course.inTurn(async () => {
          const record = course.record({ kind });
          const limit = (bytes: number) =>
            Promise.all(servers.map((one) => one.insist(() => one.command('CONFIG', 'SET', 'maxmemory', bytes))));
          await limit(1);
          await course.pass(lasts);
          await limit(0);
          record.to = now();
        });
      case 'certificate replaced':
      case 'password rotated':
        return course.inTurn(() => this.replaceCredential(fault, store.credentials as Credentials), kind);
      case 'incarnations die in a crowd':
      case 'incarnations fall silent in a crowd':
        if (!crowd) return;
        course.record({ kind });
        return kind === 'incarnations die in a crowd'
          ? crowd.die(twist ? 1 : 0.5)
          : crowd.fallSilent(twist ? 1 : 0.5, lasts);
      case 'slot moved key by key':
      case 'slot half moved for a while':
      case 'slot move turned back':
      case 'slot moved at once':
        return course.inTurn(() => this.moveSlot(fault, store.moves as SlotMoves));
    }
  }

  private replacePrimary(kind: FaultKind, primaries: Primaries): Promise<void> {
    if (kind === 'failover by hand') return primaries.promote();
    return kind === 'primary killed, a replica takes over' ? primaries.kill() : primaries.silence();
  }

  private loseMembers({ kind, target, lasts }: PlannedFault, members: MemberLosses): Promise<void> {
    if (kind === 'members restarted one after another') return members.roll();
    if (kind === 'members killed all at once') return members.killAll();
    if (kind === 'sentinel killed') return members.killSentinel(target, () => this.course.pass(lasts));
    return members.lose(kind === 'primary lost with its data' ? 'primary' : 'replica');
  }

  /** As an operator does it: what is new is accepted first, and the old one goes when everybody may know that. */
  private async replaceCredential({ kind, lasts, twist }: PlannedFault, credentials: Credentials): Promise<void> {
    const { course } = this;
    const { servers } = this.targets.store;
    const next = kind === 'password rotated' ? credentials.nextPassword() : credentials.nextCertificate(twist);
    await course.inTurn(() => next.accept(servers));
    await course.pass(lasts);
    await course.inTurn(async () => {
      const record = course.record({ kind });
      await next.replace(servers);
      record.to = now();
    });
  }

  /** To the node after, or the one before. */
  private async moveSlot({ kind, at, target, lasts, twist, blind }: PlannedFault, moves: SlotMoves): Promise<void> {
    if (kind === 'slot moved at once' && !moves.atomic) return;
    const to = (moves.owner + 1 + (target % 2)) % 3;
    const random = new Random(at);
    const record = this.course.record({ kind });
    record.to = Number.POSITIVE_INFINITY;
    const half = kind === 'slot half moved for a while';
    const way: OnTheWay = {
      pause: () => this.course.pass((random.next() * (half ? 500 : lasts)) / 5),
      ...(half && { half: () => this.course.pass(lasts) }),
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
    const release = wires.map((wire) => this.course.hold(wire, partition(wire)));
    // What is under way is there when the second of them is answered.
    for (let i = 0; i < 2; i++) {
      await sleep(50);
      await Promise.all(servers.map((server) => server.insist(() => server.command('PING'))));
    }
    await act();
    for (const end of release) end();
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
      const begun = begin && (await Promise.race([begin(), this.course.ended]));
      await this.course.pass(ms);
      // Everything was in before: no fill was met.
      record = this.course.record({ kind: begun === false ? 'redis power cut' : kind });
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
}

function partition(wire: Wire): Lasting {
  return { on: () => wire.blackhole(true), off: () => wire.blackhole(false) };
}
