import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ENV } from '../../worker/contract';
import { freePort } from '../free-port';
import { type Backoff, envOfIndex, NO_BACKOFF, type PodEnd, podOfIndex, RunningJob } from '../job-controller';
import { removeWithParent } from '../kill-with-parent';
import { ContainerLog, ContainerProcess, exitCodeOf, expand, resolveEnv, SidecarProcess } from '../kubelet';
import { pathWithRedisCli } from '../redis';

// biome-ignore lint/suspicious/noExplicitAny: manifests have no type
export type Manifest = any;

export interface LocalClusterOptions {
  /** Where the store is. @default - where the manifests say */
  readonly redisUrl?: string;
  /** Secrets by name, each with its keys. */
  readonly secrets?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** What lies in the working directory of the images. @default - nothing */
  readonly workdir?: string;
  /**
   * A shell script that sleeps does so for 20 ms at a time, whatever it asks for: ours tell time by the clock.
   * @default true
   */
  readonly shortSleeps?: boolean;
  /**
   * The user id of the containers, whose group is 0, as OpenShift runs them. It takes root here.
   * @default - that of this process
   */
  readonly user?: number;
}

export interface StartOptions extends LocalClusterOptions {
  /** @default 'Job' */
  readonly kind?: 'Job' | 'Deployment';
  /** How many pods. @default - the parallelism of the Job */
  readonly pods?: number;
  /** The one container that is run. @default - all, one after the other */
  readonly container?: string;
  /** What the image would run, where the manifest names no command. */
  readonly image?: readonly string[];
  /** Variables over what the manifest says. */
  readonly env?: Readonly<Record<string, string>>;
  /** Uid of the Job. @default - one that belongs to its name */
  readonly run?: string;
  /** Takes each line as it comes. @default - nothing does */
  readonly onLine?: (line: string, pod: LocalPod) => void;
  /** Ends the pods with SIGTERM. @default - nothing does */
  readonly stop?: AbortSignal;
}

/**
 * Jobs of synthesized manifests as processes on this machine: ConfigMaps become files, Secrets variables, the mount
 * paths lead into a folder of the pod, and init containers come first. Redis is a private one. It all goes when
 * this process goes, however that ends.
 */
export class LocalCluster {
  readonly root = mkdtempSync(join(tmpdir(), 'cluster-'));
  private readonly objects = new Map<string, Manifest>();
  private readonly pods: { readonly owner: string; readonly pod: LocalPod }[] = [];
  private readonly bin = join(this.root, 'bin');
  /** PATH of the images, where those of Redis and Valkey have `redis-cli`. */
  private readonly imagePath = pathWithRedisCli(join(this.root, 'redis'));
  private readonly watchdog = removeWithParent(this.root);
  private readonly stopped = new AbortController();

  constructor(private readonly options: LocalClusterOptions = {}) {
    if (options.user !== undefined) chmodSync(this.root, 0o755);
    if (options.shortSleeps ?? true) this.install('sleep', 'exec /bin/sleep 0.02');
  }

  /** Puts a command in front of the system's own. */
  install(name: string, script: string): void {
    mkdirSync(this.bin, { recursive: true });
    writeFileSync(join(this.bin, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }

  /** Where a container looks for commands. */
  get path(): string {
    return existsSync(this.bin) ? `${this.bin}:${this.imagePath}` : this.imagePath;
  }

  /** Takes objects over, in place of those with the same kind and name. Pods that run do not notice. */
  apply(manifests: readonly Manifest[]): this {
    for (const object of manifests) this.objects.set(`${object.kind} ${object.metadata.name}`, object);
    return this;
  }

  /** The object of this kind and name. */
  object(kind: string, name: string): Manifest {
    const found = this.objects.get(`${kind} ${name}`);
    if (found) return found;
    throw new Error(`There is no ${kind} ${name}, but: ${[...this.objects.keys()].join(', ')}`);
  }

  /** The Job that a CronJob makes where a run of this name is due, or `kubectl create job --from`. */
  trigger(cronJob: string, job: string): void {
    const { jobTemplate } = this.object('CronJob', cronJob).spec;
    this.apply([{ kind: 'Job', metadata: { ...jobTemplate.metadata, name: job }, spec: jobTemplate.spec }]);
  }

  /** Starts the pods of a Job, or of a Deployment; as many as it says unless told otherwise. No pod is replaced. */
  start(owner: string, options: StartOptions = {}): LocalPod[] {
    const { spec } = this.object(options.kind ?? 'Job', owner);
    const length = options.pods ?? spec.parallelism ?? spec.replicas ?? 1;
    return Array.from({ length }, (_, place) => this.startPod(owner, spec, options, place));
  }

  /**
   * Starts the pods of a Job, and others in place of those that fail, as its controller does. Without `backoff` they are
   * replaced at once.
   */
  startJob(
    job: string,
    { backoff = NO_BACKOFF, ...options }: StartOptions & { readonly backoff?: Backoff } = {},
  ): RunningJob<JobPod> {
    const { spec } = this.object('Job', job);
    const { stop = this.stopped.signal } = options;
    return new RunningJob({
      spec,
      backoff,
      startPod: (place) => new JobPod(this.startPod(job, spec, options, place)),
      deletePod: (pod) => pod.delete(),
      stop: AbortSignal.any([stop, this.stopped.signal]),
    });
  }

  /** All pods that a Job or a Deployment has had so far, in the order in which they were started. */
  podsOf(owner: string): LocalPod[] {
    return this.pods.flatMap((each) => (each.owner === owner ? [each.pod] : []));
  }

  /** With indexes, the place of a pod is its index. */
  private startPod(owner: string, spec: Manifest, options: StartOptions, place: number): LocalPod {
    const { run = `uid-of-${owner}` } = options;
    const ofIndex = spec.completionMode === 'Indexed' ? podOfIndex(owner, place) : undefined;
    const labels = {
      ...{ 'batch.kubernetes.io/controller-uid': run, 'controller-uid': run },
      ...{ 'batch.kubernetes.io/job-name': owner, 'job-name': owner },
      ...ofIndex?.labels,
    };
    const metadata = {
      name: `${ofIndex?.generateName ?? `${owner}-`}${randomSuffix()}`,
      namespace: 'default',
      labels,
      ...(ofIndex && { hostname: ofIndex.hostname }),
    };
    const pod = new LocalPod(metadata, spec.template.spec, this, { ...this.options, ...options });
    this.pods.push({ owner, pod });
    return pod;
  }

  /** Runs a Job to its end; the exit codes of its pods. */
  async run(job: string, options: StartOptions = {}): Promise<number[]> {
    return Promise.all(this.start(job, options).map((pod) => pod.ended));
  }

  /** Ends what still runs and removes all files. */
  async stop(): Promise<void> {
    this.stopped.abort();
    for (const { pod } of this.pods) pod.kill('SIGKILL');
    await Promise.all(this.pods.map(({ pod }) => pod.ended));
    rmSync(this.root, { recursive: true, force: true });
    this.watchdog.kill('SIGKILL');
  }
}

/** What a pod has to end where its manifest says nothing. */
const GRACE_SECONDS = 30;

/** A pod of a Job that a controller looks after. */
export class JobPod {
  readonly ended: Promise<PodEnd>;
  private disrupted = false;

  constructor(readonly pod: LocalPod) {
    this.ended = pod.ended.then((code) => {
      return { succeeded: code === 0, exitCodes: pod.exitCodes, disrupted: this.disrupted };
    });
  }

  /** Ends it as `kubectl delete pod` does. */
  delete(): void {
    this.pod.kill('SIGTERM');
  }

  /** Ends it as a drain of its node does: it has the condition DisruptionTarget. */
  evict(): void {
    this.disrupted = true;
    this.delete();
  }
}

interface LocalPodMetadata {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Only the pod of an index has one here. */
  readonly hostname?: string;
}

/**
 * A pod: its init containers, then its container, each a process. Sidecars run beside them, start again where they end, and end
 * last.
 */
export class LocalPod {
  /** Its exit code, as a kubelet would report it. */
  readonly ended: Promise<number>;
  /** Exit codes of the containers that have ended, by name. */
  readonly exitCodes = new Map<string, number>();
  /** Whether it has ended. */
  over = false;
  private readonly root: string;
  private container: ContainerProcess | undefined;
  private readonly sidecars = new Map<string, SidecarProcess>();
  /** What ends its containers, those as well that have not begun. */
  private ending: 'SIGTERM' | 'SIGKILL' | undefined;
  private readonly readOnlyFolders: string[] = [];
  private readonly graceSeconds: number;
  private agentPort: number | undefined;
  private readonly log: ContainerLog;

  constructor(
    private readonly metadata: LocalPodMetadata,
    spec: Manifest,
    private readonly cluster: LocalCluster,
    private readonly options: StartOptions,
  ) {
    this.log = new ContainerLog(metadata.name);
    this.root = join(cluster.root, metadata.name);
    mkdirSync(this.root);
    const all: Manifest[] = [...(spec.initContainers ?? []), ...spec.containers];
    const containers = all.filter(({ name }) => name === (options.container ?? name));
    if (containers.length === 0) throw new Error(`There is no container ${options.container} in ${metadata.name}.`);
    const rooms = this.mount(containers, spec.volumes ?? []);
    this.graceSeconds = spec.terminationGracePeriodSeconds ?? GRACE_SECONDS;
    this.ended = this.runAll(containers, rooms);
  }

  get name(): string {
    return this.metadata.name;
  }

  /** Lines of all its containers, in the order in which they came. */
  get lines(): readonly string[] {
    return this.log.lines;
  }

  /** All that its containers wrote. */
  get output(): string {
    return this.log.text;
  }

  /** {@link ContainerLog.count} */
  count(text: string): number {
    return this.log.count(text);
  }

  /** {@link ContainerLog.all} */
  all(pattern: RegExp): string[] {
    return this.log.all(pattern);
  }

  /** {@link ContainerLog.line} */
  line(wanted: RegExp | string): Promise<string> {
    return this.log.line(wanted);
  }

  /** Signals each process of the container that runs. */
  kill(signal: NodeJS.Signals): void {
    if (signal === 'SIGTERM' || signal === 'SIGKILL') {
      this.ending = signal;
      // None starts again in a pod that is being deleted; a kubelet ends those that run after the others.
      for (const sidecar of this.sidecars.values()) sidecar.startNoMore();
    }
    this.container?.killAll(signal);
    if (signal === 'SIGKILL') for (const sidecar of this.sidecars.values()) sidecar.killAll(signal);
  }

  /** Signals each process of a sidecar. */
  killSidecar(name: string, signal: NodeJS.Signals): void {
    this.sidecars.get(name)?.killAll(signal);
  }

  /**
   * Writes all volumes. What is returned for each container makes of mount paths in a text the folders that stand for them:
   * those of the pod, or, where two containers have different volumes at one path, of the second one alone.
   */
  private mount(containers: Manifest[], volumes: Manifest[]): Map<string, (text: string) => string> {
    const volumeAt = new Map<string, string>();
    for (const { volumeMounts = [] } of containers) {
      for (const { mountPath, name } of volumeMounts) if (!volumeAt.has(mountPath)) volumeAt.set(mountPath, name);
    }
    const mounted = new RegExp(`(?<![-.\\w])(?:${[...volumeAt.keys(), '(?!)'].join('|')})(?![-.\\w])`, 'g');
    return new Map(
      containers.map(({ name: container, volumeMounts = [] }) => {
        const isOther = ({ mountPath, name }: Manifest) => volumeAt.get(mountPath) !== name;
        const own = new Set<string>(volumeMounts.filter(isOther).map(({ mountPath }: Manifest) => mountPath));
        const folderOf = (path: string) => (own.has(path) ? join(this.root, container, path) : this.root + path);
        const here = (text: string) => text.replaceAll(mounted, folderOf);
        for (const { name, mountPath, readOnly } of volumeMounts) {
          const volume = volumes.find((each: Manifest) => each.name === name);
          this.writeVolume(volume, folderOf(mountPath), readOnly, here);
        }
        return [container, here];
      }),
    );
  }

  private async runAll(containers: Manifest[], rooms: Map<string, (text: string) => string>): Promise<number> {
    try {
      const variables = containers.flatMap(({ env = [] }: Manifest) => env.map(({ name }: Manifest) => name));
      if (variables.includes(ENV.agentListen)) this.agentPort = await freePort();
      for (const container of containers) {
        const here = rooms.get(container.name) as (text: string) => string;
        if (container.restartPolicy === 'Always' && !this.ending) {
          this.sidecars.set(container.name, new SidecarProcess(() => this.processOf(container, here)));
          continue;
        }
        const code = this.ending ? exitCodeOf(this.ending) : await this.runOne(container, here);
        this.exitCodes.set(container.name, code);
        if (code !== 0) return code;
      }
      return 0;
    } finally {
      for (const [name, code] of await this.endSidecars()) this.exitCodes.set(name, code);
      // What cannot be written to cannot be emptied either.
      for (const folder of this.readOnlyFolders) chmodSync(folder, 0o755);
      this.over = true;
      this.log.close();
    }
  }

  /** As a kubelet does it: SIGTERM, and SIGKILL where that is not heard. Their last exit codes. */
  private endSidecars(): Promise<[string, number][]> {
    const ends = [...this.sidecars].map(
      async ([name, sidecar]): Promise<[string, number]> => [name, await sidecar.end(this.graceSeconds * 1_000)],
    );
    return Promise.all(ends);
  }

  private async runOne(container: Manifest, here: (text: string) => string): Promise<number> {
    this.container = this.processOf(container, here);
    return this.container.exitCode;
  }

  private processOf(container: Manifest, here: (text: string) => string): ContainerProcess {
    const { hostname } = this.metadata;
    const variables = [...this.envFrom(container), ...(container.env ?? [])].map((each) => this.withSecret(each));
    const env = resolveEnv(hostname === undefined ? variables : envOfIndex(variables), this.metadata);
    const expanded = (words: string[]) => words.map((word) => expand(word, env));
    const program = container.command ? expanded(container.command) : (this.options.image ?? []);
    const [command = '', ...args] = [...program, ...expanded(container.args ?? [])].map(here);
    if (!command) throw new Error(`Nothing says what the image ${container.image} runs.`);
    return new ContainerProcess({
      command: [command, ...args],
      env: {
        PATH: this.cluster.path,
        // Read by people, or by tests that look for their words.
        WORK_QUEUE_LOG: 'text',
        ...(hostname !== undefined && { HOSTNAME: hostname }),
        ...Object.fromEntries(Object.entries(env).map(([name, value]) => [name, this.onOwnPort(name, here(value))])),
        ...(this.options.redisUrl && env.REDIS_URL && { REDIS_URL: this.options.redisUrl }),
        WORK_QUEUE_TERMINATION_LOG: join(this.root, 'termination-log'),
        ...this.options.env,
      },
      cwd: container.workingDir ? here(container.workingDir) : (this.options.workdir ?? this.root),
      user: this.options.user,
      output: (line) => {
        this.log.add(line);
        this.options.onLine?.(line, this);
      },
      ...(this.options.stop && container.restartPolicy !== 'Always' && { stop: this.options.stop }),
    });
  }

  /** Pods have a loopback interface each, and here one for all: the agent of each pod listens on a port of its own. */
  private onOwnPort(name: string, value: string): string {
    return name === ENV.agent || name === ENV.agentListen ? value.replace(/\d+$/, String(this.agentPort)) : value;
  }

  /** The variables of whole ConfigMaps and Secrets, which others of the same name replace. */
  private envFrom({ envFrom = [] }: Manifest): Manifest[] {
    return envFrom.flatMap(({ prefix = '', configMapRef, secretRef }: Manifest) => {
      const { data = {} } = configMapRef ? this.cluster.object('ConfigMap', configMapRef.name) : {};
      const keys = Object.keys(configMapRef ? data : (this.options.secrets?.[secretRef.name] ?? {}));
      const valueFrom = (key: string) =>
        configMapRef ? { configMapKeyRef: { ...configMapRef, key } } : { secretKeyRef: { ...secretRef, key } };
      return keys.map((key) => ({ name: `${prefix}${key}`, valueFrom: valueFrom(key) }));
    });
  }

  private withSecret(variable: Manifest): Manifest {
    const { secretKeyRef, configMapKeyRef } = variable.valueFrom ?? {};
    // Only what the manifest itself says is expanded.
    const asItIs = (text?: string) => ({ name: variable.name, value: text?.replaceAll('$', '$$$$') });
    if (secretKeyRef) return asItIs(this.options.secrets?.[secretKeyRef.name]?.[secretKeyRef.key]);
    if (configMapKeyRef) {
      const { data } = this.cluster.object('ConfigMap', configMapKeyRef.name);
      return asItIs(data[configMapKeyRef.key]);
    }
    return variable;
  }

  private writeVolume(volume: Manifest, folder: string, readOnly: boolean, here: (text: string) => string): void {
    // Another container has it as well.
    if (existsSync(folder)) return;
    mkdirSync(folder, { recursive: true });
    const sources = volume.projected?.sources ?? (volume.configMap ? [volume] : []);
    for (const { configMap } of sources) {
      const { data = {}, binaryData = {} } = this.cluster.object('ConfigMap', configMap.name);
      for (const [file, text] of Object.entries<string>(data)) {
        writeFileSync(join(folder, file), /\.(sh|mjs)$/.test(file) ? here(text) : text);
      }
      for (const [file, base64] of Object.entries<string>(binaryData)) {
        writeFileSync(join(folder, file), Buffer.from(base64, 'base64'));
      }
    }
    for (const { key, path } of volume.secret?.items ?? []) {
      writeFileSync(join(folder, path), this.options.secrets?.[volume.secret.secretName]?.[key] ?? '');
    }
    // A kubelet lets everybody write there.
    if (volume.emptyDir) chmodSync(folder, 0o777);
    if (readOnly) {
      chmodSync(folder, 0o555);
      this.readOnlyFolders.push(folder);
    }
  }
}

/** Five characters, as Kubernetes puts behind the name of a Job: no vowels, nothing that looks alike. */
function randomSuffix(): string {
  const alphabet = 'bcdfghjklmnpqrstvwxz2456789';
  return Array.from({ length: 5 }, () => alphabet[Math.floor(Math.random() * alphabet.length)]).join('');
}
