import { JobController, type JobEnd, type JobSpec, WORKER_POLICY, workerEnd } from '../../local/job-controller';
import { EXIT } from '../../worker/contract';

/** A worker leaves when nothing has been claimed for so long, in ms. */
const SPARE_AFTER = 5_000;

/** How a fleet is run. */
export interface FleetOptions {
  readonly spec: JobSpec;
  /** Workers that may leave before the queue is drained, by their index. */
  readonly mayLeave: (index: number) => boolean;
}

interface Pod {
  readonly held: Set<number>;
  /** It was told to stop: it claims nothing more. */
  stopping: boolean;
  disrupted: boolean;
}

/**
 * Workers of a Job and their queue, as both sides see each other: the controller hears only of ends, the workers only what
 * the queue tells them. Time passes when it is told to.
 */
export class FleetModel {
  readonly controller: JobController;
  /** Whether the queue was drained when the Job ended. */
  drainedAtEnd: boolean | undefined;
  /** Workers that left before the queue was drained. */
  left = 0;
  /** Whether a worker has found the queue drained. */
  private found = false;
  private now = 0;
  private lastClaim = 0;
  private sealed = false;
  private pushed = 0;
  private done = 0;
  private readonly pods = new Map<number, Pod>();
  private readonly waiting = new Set<number>();
  /** In the hands of workers that died, whose leases run still. */
  private readonly orphaned = new Set<number>();
  private readonly dead = new Set<number>();

  constructor(private readonly options: FleetOptions) {
    this.controller = new JobController({ podFailurePolicy: WORKER_POLICY, ...options.spec });
    this.sync();
  }

  get end(): JobEnd | undefined {
    return this.controller.end;
  }

  /** Every item is done or a dead letter, and no more come. */
  get drained(): boolean {
    return this.sealed && this.done + this.dead.size === this.pushed;
  }

  push(count: number): void {
    if (this.sealed) return;
    for (let i = 0; i < count; i++) this.waiting.add(this.pushed++);
  }

  seal(): void {
    this.sealed = true;
  }

  /** A worker claims so many items. */
  claim(n: number, count: number): void {
    const pod = this.any(n, ({ stopping }) => !stopping);
    if (!pod) return;
    for (const item of [...this.waiting].slice(0, count)) {
      this.waiting.delete(item);
      pod.held.add(item);
      this.lastClaim = this.now;
    }
  }

  /** A worker is done with an item, or gives it up. */
  finish(n: number, gaveUp: boolean): void {
    const pod = this.any(n, ({ held }) => held.size > 0);
    if (!pod) return;
    const [item] = pod.held as Set<number>;
    pod.held.delete(item as number);
    if (gaveUp) this.dead.add(item as number);
    else this.done++;
  }

  /** A worker without an item asks what is left to do, and ends where nothing is. */
  ask(n: number): void {
    const place = this.placeOf(n, ({ held }) => held.size === 0);
    if (place === undefined) return;
    if (this.drained) {
      this.found = true;
      this.ended(place, EXIT.drained);
    } else if (this.isSpare(place)) {
      this.left++;
      this.ended(place, EXIT.drained);
    }
  }

  /** A worker dies; what it held is found again later. */
  kill(n: number): void {
    const place = this.placeOf(n);
    if (place === undefined) return;
    for (const item of this.pods.get(place)?.held ?? []) this.orphaned.add(item);
    this.ended(place, 137);
  }

  /** All workers die that do not leave early. */
  killClosers(): void {
    for (const place of [...this.pods.keys()].filter((each) => !this.options.mayLeave(each))) {
      for (const item of this.pods.get(place)?.held ?? []) this.orphaned.add(item);
      this.ended(place, 137);
    }
  }

  /** A worker is told to stop. */
  terminate(n: number, disrupted: boolean): void {
    const pod = this.any(n, ({ stopping }) => !stopping);
    if (!pod) return;
    pod.stopping = true;
    pod.disrupted = disrupted;
  }

  /** A worker that was told to stop gives back what it has, and ends. */
  stop(n: number): void {
    const place = this.placeOf(n, ({ stopping }) => stopping);
    if (place === undefined) return;
    for (const item of this.pods.get(place)?.held ?? []) this.waiting.add(item);
    this.ended(place, EXIT.terminated);
  }

  /** What dead workers held comes back. */
  recover(): void {
    for (const item of this.orphaned) this.waiting.add(item);
    this.orphaned.clear();
  }

  /**
   * Dead letters come back. They are tolerated here, so a queue that has nothing else left is drained; where the first
   * worker that finds it so does not end the Job at once, they come too late for it.
   */
  retry(): void {
    if (this.found && this.options.spec.successPolicy === undefined) return;
    for (const item of this.dead) this.waiting.add(item);
    this.dead.clear();
  }

  /** Indexes become more or fewer. */
  scale(to: number): void {
    const { completionMode } = this.options.spec;
    this.controller.patch(completionMode === 'Indexed' ? { parallelism: to, completions: to } : { parallelism: to });
    this.sync();
  }

  /** Of the same indexes, fewer run at once. */
  narrow(to: number): void {
    this.controller.patch({ parallelism: to });
    this.sync();
  }

  suspend(suspend: boolean): void {
    this.controller.patch({ suspend });
    this.sync();
  }

  pass(ms: number): void {
    this.now += ms;
    this.sync();
  }

  /** From here on nothing goes wrong: each worker does what it can, as long as the Job goes on. */
  settle(parallelism: number): void {
    this.seal();
    this.suspend(false);
    this.narrow(parallelism);
    for (let round = 0; !this.end && round < 1_000; round++) {
      this.recover();
      for (let n = this.pods.size; n > 0; n--) {
        this.stop(0);
        this.claim(n, 1);
        this.finish(n, false);
        this.ask(n);
      }
      this.pass(1_000 * (1 + round));
    }
  }

  private isSpare(place: number): boolean {
    const nothingToClaim = this.sealed && this.waiting.size === 0;
    return this.options.mayLeave(place) && nothingToClaim && this.now - this.lastClaim >= SPARE_AFTER;
  }

  private placeOf(n: number, such: (pod: Pod) => boolean = () => true): number | undefined {
    const places = [...this.pods].filter(([, pod]) => such(pod)).map(([place]) => place);
    return places[n % places.length];
  }

  private any(n: number, such: (pod: Pod) => boolean): Pod | undefined {
    return this.pods.get(this.placeOf(n, such) ?? -1);
  }

  private ended(place: number, code: number): void {
    const { disrupted = false } = this.pods.get(place) ?? {};
    this.pods.delete(place);
    this.controller.podEnded(place, workerEnd(code, disrupted), this.now);
    this.sync();
  }

  private sync(): void {
    const changes = this.controller.sync(this.now);
    if (this.end) this.drainedAtEnd ??= this.drained;
    for (const place of changes.delete) (this.pods.get(place) as Pod).stopping = true;
    for (const place of changes.start) this.pods.set(place, { held: new Set(), stopping: false, disrupted: false });
  }
}
