import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '../../worker/redis';
import { ContainerProcess, exitCodeOf, resolveEnv } from '../kubelet';

// biome-ignore lint/suspicious/noExplicitAny: manifests have no type
type Manifest = any;

const NAMESPACE = 'default';

/** Far more than any of them needs, also on a machine with much to do, in ms. */
const PATIENCE = 240_000;

export interface MembersOptions {
  /** What the Secret holds. @default - no password */
  readonly password?: string;
  /** The shell that takes the place of `sh`. @default ['sh'] */
  readonly shell?: readonly string[];
  /** The folder that takes the place of the volume with the certificate, where the store has one. @default - no TLS */
  readonly certificates?: string;
  /** How long a primary must not answer until it counts as down, in ms. @default - as rendered */
  readonly downAfter?: number;
}

/** The members of a rendered replicated store, each of its containers a process, each pod with an address of its own. */
export class Members {
  readonly pods: readonly Member[];
  private readonly lines: string[] = [];
  private readonly root = mkdtempSync(join(tmpdir(), 'members-'));

  /** @param manifests of the chart, with one StatefulSet */
  constructor(manifests: readonly Manifest[], options: MembersOptions = {}) {
    const { metadata, spec } = manifests.find(({ kind }) => kind === 'StatefulSet');
    // Linux has all of 127.0.0.0/8; two runs at once take different parts of it.
    const net = `127.${between(1, 255)}.${between(0, 256)}`;
    const host = (index: number) => `${metadata.name}-${index}.${spec.serviceName}`;
    const names = Array.from({ length: spec.replicas }, (_, index) => ({
      host: host(index),
      address: `${net}.${index + 1}`,
    }));
    const here = (text: string) =>
      names.reduce(
        (changed, { host, address }) =>
          changed.replaceAll(`${host}.${NAMESPACE}.svc`, address).replaceAll(host, address),
        text,
      );
    this.here = here;
    this.pods = names.map(({ address }, index) => {
      const name = `${metadata.name}-${index}`;
      const data = join(this.root, name);
      return new Member({ name, address, data, spec: spec.template.spec, here, options, lines: this.lines });
    });
  }

  /** Puts addresses in place of the members' host names. */
  readonly here: (text: string) => string;

  /** What all containers have written. */
  get log(): string {
    return this.lines.join('\n');
  }

  start(): void {
    for (const pod of this.pods) pod.start();
  }

  /** Resolves once each member that runs is ready. */
  async ready(): Promise<void> {
    for (const pod of this.pods) if (pod.runs) await pod.ready();
  }

  /** The one that takes writes, once there is exactly one. */
  async primary(besides?: Member): Promise<Member> {
    const ask = () => Promise.all(this.pods.map((pod) => (pod === besides ? undefined : pod.role())));
    const isOne = (roles: readonly unknown[]) => count(roles, 'master') === 1;
    const roles = await until('one member is the primary', ask, isOne);
    return this.pods[roles.indexOf('master')]!;
  }

  async stop(): Promise<void> {
    await Promise.all(this.pods.map((pod) => pod.kill()));
    rmSync(this.root, { recursive: true, force: true });
  }
}

const count = <T>(values: readonly T[], value: T) => values.filter((each) => each === value).length;

const between = (from: number, to: number) => from + Math.floor(Math.random() * (to - from));

interface MemberOptions {
  readonly name: string;
  readonly address: string;
  readonly data: string;
  readonly spec: Manifest;
  readonly here: (text: string) => string;
  readonly options: MembersOptions;
  readonly lines: string[];
}

/** One member: the containers of its pod. */
export class Member {
  readonly name: string;
  readonly address: string;
  private containers = new Map<string, ContainerProcess>();

  constructor(private readonly as: MemberOptions) {
    this.name = as.name;
    this.address = as.address;
  }

  get runs(): boolean {
    return this.containers.size > 0;
  }

  /** Starts the pod, with the volume that it had, or an empty one. */
  start(): void {
    mkdirSync(this.as.data, { recursive: true });
    for (const { name } of this.as.spec.containers) this.startContainer(name);
  }

  startContainer(name: string): void {
    const container = this.as.spec.containers.find((each: Manifest) => each.name === name);
    const { command, args = [] } = container;
    this.containers.set(
      name,
      new ContainerProcess({
        command: [...this.command(command), ...args.map((arg: string) => this.local(arg)), '--bind', this.address],
        env: this.environment(container),
        cwd: this.as.data,
        output: (line) => this.as.lines.push(`${this.name} ${name}: ${line}`),
      }),
    );
  }

  /** Ends the containers as a kubelet ends those of a pod that is deleted; resolves with the exit code of each. */
  async terminate(): Promise<Record<string, number>> {
    const ending = [...this.containers];
    for (const [, container] of ending) container.kill('SIGTERM');
    const codes = await Promise.all(ending.map(async ([name, { end }]) => [name, exitCodeOf(await end)] as const));
    this.containers.clear();
    return Object.fromEntries(codes);
  }

  /** Ends all containers at once, or one of them, as the loss of a node does. */
  async kill(name?: string): Promise<void> {
    const ending = [...this.containers].filter(([each]) => name === undefined || each === name);
    for (const [, container] of ending) container.killAll('SIGKILL');
    await Promise.all(ending.map(([, { end }]) => end));
    for (const [each] of ending) this.containers.delete(each);
  }

  /** The pod is gone, and its volume with it. */
  async lose(): Promise<void> {
    await this.kill();
    rmSync(this.as.data, { recursive: true, force: true });
  }

  /** It stands still, and nothing of it answers. */
  freeze(): void {
    for (const container of this.containers.values()) container.killAll('SIGSTOP');
  }

  thaw(): void {
    for (const container of this.containers.values()) container.killAll('SIGCONT');
  }

  /** Resolves once the readiness probes of all containers succeed. */
  async ready(): Promise<void> {
    for (const container of this.as.spec.containers) {
      await until(`${this.name} ${container.name} is ready`, () => this.probe(container, 'readinessProbe'));
    }
  }

  async probe(container: Manifest, which: string): Promise<boolean> {
    const probe = new ContainerProcess({
      command: this.command(container[which].exec.command),
      env: this.environment(container),
    });
    return (await probe.end) === 0;
  }

  /** `master` or `slave`; undefined where it does not answer. */
  async role(): Promise<string | undefined> {
    const reply = await this.ask('ROLE').catch(() => undefined);
    return Array.isArray(reply) ? reply[0] : undefined;
  }

  /** One command to its server. */
  async ask(command: string, ...args: string[]): Promise<unknown> {
    const { password, certificates } = this.as.options;
    const address = {
      url: `${certificates ? 'rediss' : 'redis'}://${this.address}:6379`,
      ...(password !== undefined && { password }),
      ...(certificates && { caFile: join(certificates, 'ca.crt') }),
    };
    const connection = new Connection(address, { name: 'redis-members' });
    try {
      return await connection.command(command, ...args);
    } finally {
      connection.close();
    }
  }

  private local(text: string): string {
    const { downAfter, certificates = '/etc/redis-tls' } = this.as.options;
    const here = this.as
      .here(text)
      .replaceAll('127.0.0.1', this.address)
      .replaceAll('/data', this.as.data)
      .replaceAll('/etc/redis-tls', certificates);
    return downAfter === undefined ? here : here.replace(/(down-after-milliseconds \w+) \d+/, `$1 ${downAfter}`);
  }

  private command([program, ...rest]: readonly string[]): string[] {
    const { shell = ['sh'] } = this.as.options;
    return [...(program === 'sh' ? shell : [program!]), ...rest.map((word) => this.local(word))];
  }

  private environment({ env }: Manifest): Record<string, string> {
    const password = (this.as.options.password ?? '').replaceAll('$', '$$$$');
    const given = env.map((each: Manifest) =>
      each.valueFrom?.secretKeyRef ? { name: each.name, value: password } : each,
    );
    const resolved = resolveEnv(given, { name: this.name, namespace: NAMESPACE, labels: {} });
    return {
      PATH: process.env.PATH ?? '',
      ...Object.fromEntries(Object.entries(resolved).map(([name, value]) => [name, this.as.here(value)])),
    };
  }
}

async function until<T>(what: string, ask: () => Promise<T>, isRight: (answer: T) => boolean = Boolean): Promise<T> {
  for (const since = performance.now(); ; await sleep(10)) {
    const answer = await ask();
    if (isRight(answer)) return answer;
    if (performance.now() - since > PATIENCE)
      throw new Error(`not within ${PATIENCE / 1_000} s: ${what}; last: ${JSON.stringify(answer)}`);
  }
}
