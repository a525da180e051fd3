import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Chart } from 'cdk8s';
import { RedisStore } from '../lib';
import { type Member, Members } from '../local/redis-members';
import type { Connection } from '../worker/redis';
import { DOWN_AFTER, unbroken, WithReplicas } from './primaries';
import { connectTo, type Primaries, type Store, type Wire } from './store';

/** The rendered `RedisStore.replicated`, on volumes: each container of its members is a process. */
export class ReplicatedStore extends WithReplicas implements Store, Primaries {
  readonly primaries = this;
  readonly members = this;
  readonly credentials = undefined;
  readonly admin: Connection;
  readonly servers: readonly Connection[];
  readonly wires: readonly Wire[];

  private constructor(
    private readonly all: Members,
    private readonly log: string,
    url: string,
    wires: number,
  ) {
    super();
    this.admin = connectTo(url);
    this.servers = all.pods.map(({ address }) => connectTo(`redis://${address}:6379`));
    this.wires = Array.from({ length: wires }, () => unbroken(url));
  }

  static async start(dir: string, wires: number): Promise<ReplicatedStore> {
    const chart = new Chart(new App(), 'chaos');
    const { url } = RedisStore.replicated(chart, 'redis', { statefulSetName: 'redis', serviceName: 'redis' });
    const all = new Members(chart.toJson(), { downAfter: DOWN_AFTER });
    try {
      all.start();
      await all.ready();
    } catch (error) {
      await all.stop();
      throw error;
    }
    return new ReplicatedStore(all, join(dir, 'members.log'), all.here(url), wires);
  }

  async kill(): Promise<void> {
    const primary = await this.all.primary();
    await primary.kill();
    await this.back(primary);
  }

  async silence(): Promise<void> {
    const primary = await this.all.primary();
    primary.freeze();
    try {
      await this.all.primary(primary);
    } finally {
      primary.thaw();
    }
    await this.agreed();
  }

  async promote(): Promise<void> {
    const before = await this.all.primary();
    const [sentinel] = this.all.pods;
    const asked = connectTo(`redis://${sentinel?.address}:26379`);
    try {
      // One that has just failed over waits before it does so again.
      await asked.insist(() => asked.command('SENTINEL', 'FAILOVER', 'queue'));
    } finally {
      asked.close();
    }
    await this.all.primary(before);
    await this.agreed();
  }

  /** A member is gone, and its volume too; it comes back empty, once another one leads. */
  async lose(which: 'primary' | 'replica'): Promise<void> {
    const primary = await this.all.primary();
    const lost = which === 'primary' ? primary : (this.all.pods.find((pod) => pod !== primary) as Member);
    await lost.lose();
    await this.back(lost);
  }

  /** As a changed StatefulSet does it: the last one first, and the next one when that is ready. */
  async roll(): Promise<void> {
    for (const pod of [...this.all.pods].reverse()) {
      await pod.terminate();
      pod.start();
      await pod.ready();
    }
    await this.agreed();
  }

  /** The container of a sentinel dies, and is started again some time later. */
  async killSentinel(member: number, pass: () => Promise<void>): Promise<void> {
    const pod = this.all.pods[member % this.all.pods.length] as Member;
    await pod.kill('sentinel');
    await pass();
    pod.startContainer('sentinel');
    await this.agreed();
  }

  /** All at once, as when the cluster is switched off; their volumes stay. */
  async killAll(): Promise<void> {
    await Promise.all(this.all.pods.map((pod) => pod.kill()));
    this.all.start();
    await this.agreed();
  }

  async close(): Promise<void> {
    for (const connection of [this.admin, ...this.servers]) connection.close();
    await this.all.stop();
    writeFileSync(this.log, `${this.all.log}\n`);
  }

  /** It comes back as a replica of the one that leads meanwhile. */
  private async back(lost: Member): Promise<void> {
    await this.all.primary(lost);
    lost.start();
    await this.agreed();
  }

  private async agreed(): Promise<void> {
    await this.all.ready();
    await this.all.primary();
  }
}
