import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseAllDocuments } from 'yaml';
import { resolveEnv } from '../../demo/pod-environment';

// biome-ignore lint/suspicious/noExplicitAny: manifests have no type
export type Manifest = any;

export interface LocalClusterOptions {
  readonly redisUrl: string;
  /** Secrets by name, each with its keys. */
  readonly secrets?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** What lies in the working directory of the images. @default - nothing */
  readonly workdir?: string;
}

export interface StartOptions {
  /** @default 'Job' */
  readonly kind?: 'Job' | 'Deployment';
  /** How many pods. @default - the parallelism of the Job */
  readonly pods?: number;
  /** What the image would run, where the manifest names no command. */
  readonly image?: readonly string[];
  /** Variables over what the manifest says. */
  readonly env?: Readonly<Record<string, string>>;
  /** Uid of the Job. @default - one that belongs to its name */
  readonly run?: string;
}

/** A line or an end that does not come within this time never will, also on a machine with much to do. */
const PATIENCE = 90_000;

/**
 * Jobs of synthesized manifests as processes on this machine: ConfigMaps and Secrets become files, mount paths lead to
 * them, init containers come first, and Redis is a private one.
 */
export class LocalCluster {
  readonly root = mkdtempSync(join(tmpdir(), 'cluster-'));
  readonly manifests: Manifest[];
  private readonly pods: LocalPod[] = [];

  /** Reads the manifests, and takes their folder away. */
  constructor(
    folder: string,
    private readonly options: LocalClusterOptions,
  ) {
    this.manifests = readdirSync(folder)
      .filter((file) => file.endsWith('.yaml'))
      .sort()
      .flatMap((file) => parseAllDocuments(readFileSync(join(folder, file), 'utf8')))
      .map((document) => document.toJS());
    rmSync(folder, { recursive: true });
    // The scripts tell time by the clock and wait by this.
    mkdirSync(join(this.root, 'bin'));
    writeFileSync(join(this.root, 'bin/sleep'), '#!/bin/sh\nexec /bin/sleep 0.02\n', { mode: 0o755 });
  }

  /** The object of this kind and name. */
  object(kind: string, name: string): Manifest {
    const found = this.manifests.find((object) => object.kind === kind && object.metadata.name === name);
    if (found) return found;
    const all = this.manifests.map((object) => `${object.kind} ${object.metadata.name}`).join(', ');
    throw new Error(`There is no ${kind} ${name}, but: ${all}`);
  }

  /** Starts the pods of a Job, or of a Deployment; as many as it says unless told otherwise. */
  start(owner: string, options: StartOptions = {}): LocalPod[] {
    const { spec } = this.object(options.kind ?? 'Job', owner);
    const { run = `uid-of-${owner}` } = options;
    return Array.from({ length: options.pods ?? spec.parallelism ?? spec.replicas ?? 1 }, () => {
      const name = `${owner}-${this.pods.length}`;
      const labels = { 'batch.kubernetes.io/controller-uid': run, 'controller-uid': run };
      const metadata = { name, namespace: 'default', labels };
      const pod = new LocalPod(metadata, spec.template.spec, this, { ...this.options, ...options });
      this.pods.push(pod);
      return pod;
    });
  }

  /** Runs a Job to its end; the exit codes of its pods. */
  async run(job: string, options: StartOptions = {}): Promise<number[]> {
    return Promise.all(this.start(job, options).map((pod) => pod.ended));
  }

  /** Ends what still runs and removes all files. */
  async stop(): Promise<void> {
    for (const pod of this.pods) pod.kill('SIGKILL');
    await Promise.all(this.pods.map((pod) => pod.ended));
    rmSync(this.root, { recursive: true, force: true });
  }
}

/** A pod: its init containers, then its container, each a process. */
export class LocalPod {
  /** Lines of all its containers, in the order in which they came. */
  readonly lines: string[] = [];
  /** Its exit code, as a kubelet would report it. */
  readonly ended: Promise<number>;
  private readonly root: string;
  /** Mount paths in a text become the folders that stand for them. */
  private readonly here: (text: string) => string;
  private child: ChildProcess | undefined;
  private killed = false;
  private over = false;
  private readonly watchers = new Set<() => void>();

  constructor(
    private readonly metadata: { name: string; namespace: string; labels: Record<string, string> },
    spec: Manifest,
    private readonly cluster: LocalCluster,
    private readonly options: LocalClusterOptions & StartOptions,
  ) {
    this.root = join(cluster.root, metadata.name);
    mkdirSync(this.root);
    const containers = [...(spec.initContainers ?? []), ...spec.containers];
    const mounts: { name: string; mountPath: string }[] = containers.flatMap(({ volumeMounts = [] }) => volumeMounts);
    const folders = new Map(mounts.map(({ name, mountPath }) => [mountPath, join(this.root, 'volumes', name)]));
    const mounted = new RegExp(`(?<![-.\\w])(?:${[...folders.keys(), '$^'].join('|')})(?![-.\\w])`, 'g');
    this.here = (text) => text.replaceAll(mounted, (path) => folders.get(path) as string);
    for (const volume of spec.volumes ?? []) this.writeVolume(volume);
    this.ended = this.runAll(containers);
  }

  get name(): string {
    return this.metadata.name;
  }

  /** Every `capture` group that the pattern finds in its lines. */
  all(pattern: RegExp): string[] {
    return this.lines.flatMap((line) => pattern.exec(line)?.[1] ?? []);
  }

  /** The first line that fits, now or later. */
  line(pattern: RegExp): Promise<string> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const found = this.lines.find((line) => pattern.test(line));
        if (found !== undefined) finish(() => resolve(found));
        else if (this.over) finish(() => reject(new Error(`${this.name} ended without ${pattern}:\n${this.text}`)));
      };
      const tooLate = () => reject(new Error(`${this.name} has not said ${pattern}:\n${this.text}`));
      const timer = setTimeout(() => finish(tooLate), PATIENCE);
      const finish = (settle: () => void) => {
        clearTimeout(timer);
        this.watchers.delete(look);
        settle();
      };
      this.watchers.add(look);
      look();
    });
  }

  kill(signal: NodeJS.Signals): void {
    this.killed ||= signal === 'SIGKILL';
    const { child } = this;
    if (child?.pid !== undefined && child.exitCode === null && child.signalCode === null) {
      process.kill(-child.pid, signal);
    }
  }

  private get text(): string {
    return this.lines.join('\n');
  }

  private async runAll(containers: Manifest[]): Promise<number> {
    try {
      for (const container of containers) {
        const code = this.killed ? 137 : await this.runOne(container);
        if (code !== 0) return code;
      }
      return 0;
    } finally {
      this.over = true;
      this.notify();
    }
  }

  private async runOne(container: Manifest): Promise<number> {
    const env = resolveEnv(
      (container.env ?? []).map((variable: Manifest) => this.withSecret(variable)),
      this.metadata,
    );
    const program = container.command ?? this.options.image ?? [];
    const [command = '', ...args] = [...program, ...(container.args ?? [])].map(this.here);
    if (!command) throw new Error(`Nothing says what the image ${container.image} runs.`);
    const child = spawn(command === 'node' ? process.execPath : command, args, {
      env: {
        PATH: `${join(this.cluster.root, 'bin')}:${process.env.PATH}`,
        ...Object.fromEntries(Object.entries(env).map(([name, value]) => [name, this.here(value)])),
        ...(env.REDIS_URL && { REDIS_URL: this.options.redisUrl }),
        WORK_QUEUE_TERMINATION_LOG: join(this.root, 'termination-log'),
        ...this.options.env,
      },
      cwd: container.workingDir ? this.here(container.workingDir) : (this.options.workdir ?? this.root),
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    this.child = child;
    for (const input of [child.stdout, child.stderr]) {
      createInterface({ input }).on('line', (line) => {
        this.lines.push(line);
        this.notify();
      });
    }
    const [code, signal] = await once(child, 'close');
    return code ?? 128 + constants.signals[signal as NodeJS.Signals];
  }

  private withSecret(variable: Manifest): Manifest {
    const { secretKeyRef, configMapKeyRef } = variable.valueFrom ?? {};
    if (secretKeyRef) {
      return { name: variable.name, value: this.options.secrets?.[secretKeyRef.name]?.[secretKeyRef.key] };
    }
    if (configMapKeyRef) {
      const { data } = this.cluster.object('ConfigMap', configMapKeyRef.name);
      return { name: variable.name, value: data[configMapKeyRef.key] };
    }
    return variable;
  }

  private writeVolume(volume: Manifest): void {
    const folder = join(this.root, 'volumes', volume.name);
    mkdirSync(folder, { recursive: true });
    const sources = volume.projected?.sources ?? (volume.configMap ? [volume] : []);
    for (const { configMap } of sources) {
      const { data = {}, binaryData = {} } = this.cluster.object('ConfigMap', configMap.name);
      const files: [string, string | Buffer][] = [
        ...Object.entries<string>(data).map(([file, text]): [string, string] => [
          file,
          /\.(sh|mjs)$/.test(file) ? this.here(text) : text,
        ]),
        ...Object.entries<string>(binaryData).map(([file, text]): [string, Buffer] => [
          file,
          Buffer.from(text, 'base64'),
        ]),
      ];
      for (const [file, content] of files) {
        writeFileSync(join(folder, file), content);
      }
    }
  }

  private notify(): void {
    for (const look of [...this.watchers]) look();
  }
}
