import { spawn } from 'node:child_process';
import { Refusal } from './options';

/** kubectl could not do it; in its own words. */
export class KubectlError extends Error {
  constructor(
    command: string,
    readonly said: string,
    /** What it printed all the same. */
    readonly out = '',
  ) {
    super(`kubectl ${command}: ${lastLine(said)}`);
  }
}

export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}

interface Named {
  readonly metadata: {
    readonly name: string;
    readonly deletionTimestamp?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
}

export interface Job extends Named {
  readonly status?: { readonly conditions?: readonly Condition[] };
}

export interface ContainerStatus {
  readonly name: string;
  readonly state?: {
    readonly running?: object;
    readonly waiting?: { readonly reason?: string; readonly message?: string };
    readonly terminated?: { readonly exitCode: number; readonly reason?: string };
  };
}

export interface Pod extends Named {
  readonly status?: {
    readonly phase?: string;
    readonly reason?: string;
    readonly conditions?: readonly Condition[];
    readonly initContainerStatuses?: readonly ContainerStatus[];
    readonly containerStatuses?: readonly ContainerStatus[];
  };
}

export interface KubernetesEvent {
  readonly type?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly involvedObject?: { readonly kind?: string; readonly name?: string };
}

export interface Deployment extends Named {
  readonly status?: { readonly conditions?: readonly Condition[] };
}

interface Call {
  readonly input?: string;
  /** ms after which kubectl is killed. */
  readonly within?: number;
}

/** The API server answers within this, or the call is tried again. */
const REQUEST_TIMEOUT = '--request-timeout=20s';
const WITHIN_MS = 60_000;
const KILL_AFTER_MS = 2_000;

/** All that this suite asks of a cluster. Every call ends: by its own limit, or when `stop` is aborted. */
export class Kubectl {
  constructor(
    private readonly context: string | undefined,
    private readonly stop?: AbortSignal,
  ) {}

  /** The same, and nothing stops it: for what has to happen after an interruption, too. */
  unstoppable(): Kubectl {
    return new Kubectl(this.context);
  }

  async currentContext(): Promise<string> {
    return (await this.run(['config', 'current-context'])).trim();
  }

  /** Version of the API server, such as v1.34.1. */
  async serverVersion(): Promise<string> {
    const answer = await this.run(['version', '--output=json', '--request-timeout=10s'], { within: 30_000 });
    const version = (JSON.parse(answer) as { serverVersion?: { gitVersion?: string } }).serverVersion?.gitVersion;
    if (!version) throw new KubectlError('version', 'the API server did not say its version');
    return version;
  }

  async mayCreateNamespaces(): Promise<boolean> {
    try {
      return (await this.run(['auth', 'can-i', 'create', 'namespaces', REQUEST_TIMEOUT])).trim().startsWith('yes');
    } catch (error) {
      // kubectl ends with 1 for a no, as for anything that goes wrong.
      if (error instanceof KubectlError && error.out.trim().startsWith('no')) return false;
      throw error;
    }
  }

  async hasDefaultStorageClass(): Promise<boolean> {
    const classes = await this.list<Named>('storageclasses');
    return classes.some(
      ({ metadata }) => metadata.annotations?.['storageclass.kubernetes.io/is-default-class'] === 'true',
    );
  }

  async createNamespace(name: string, labels: Readonly<Record<string, string>>): Promise<void> {
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } };
    await this.run(['create', '--filename=-', REQUEST_TIMEOUT], { input: JSON.stringify(namespace) });
  }

  /** Succeeds also if it does not exist. */
  async deleteNamespace(name: string, { wait }: { readonly wait: boolean }): Promise<void> {
    const waiting = wait ? ['--wait=true', '--timeout=240s'] : ['--wait=false', REQUEST_TIMEOUT];
    await this.run(['delete', 'namespace', name, '--ignore-not-found', ...waiting], { within: 300_000 });
  }

  deployments(namespace: string): Promise<Deployment[]> {
    return this.list<Deployment>('deployments', namespace);
  }

  pods(namespace: string, selector?: string): Promise<Pod[]> {
    return this.list<Pod>('pods', namespace, selector);
  }

  jobs(namespace: string): Promise<Job[]> {
    return this.list<Job>('jobs', namespace);
  }

  events(namespace: string): Promise<KubernetesEvent[]> {
    return this.list<KubernetesEvent>('events', namespace);
  }

  /** The admission of a pod fails until its namespace has one. */
  async hasServiceAccount(namespace: string, name: string): Promise<boolean> {
    const accounts = await this.list<Named>('serviceaccounts', namespace);
    return accounts.some(({ metadata }) => metadata.name === name);
  }

  /** @param path a file, or a folder with files */
  async apply(namespace: string, path: string): Promise<void> {
    await this.run(['apply', `--namespace=${namespace}`, `--filename=${path}`], { within: 180_000 });
  }

  /** What the command in the container printed. */
  exec(namespace: string, pod: string, container: string, command: readonly string[]): Promise<string> {
    return this.run(['exec', `--namespace=${namespace}`, pod, `--container=${container}`, '--', ...command]);
  }

  /** Without a grace period, as when its node is lost. */
  async kill(namespace: string, pod: string): Promise<void> {
    // It has a finalizer of its Job, so waiting for it would be waiting for the controller.
    const now = ['--grace-period=0', '--force', '--wait=false'];
    await this.run(['delete', 'pod', pod, `--namespace=${namespace}`, ...now, REQUEST_TIMEOUT]);
  }

  /** With its grace period. */
  async deletePod(namespace: string, pod: string): Promise<void> {
    await this.run(['delete', 'pod', pod, `--namespace=${namespace}`, '--wait=false', REQUEST_TIMEOUT]);
  }

  /** As a node drain does: by the eviction API, which respects PodDisruptionBudgets. */
  async evict(namespace: string, pod: string): Promise<void> {
    const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: pod, namespace } };
    const path = `/api/v1/namespaces/${namespace}/pods/${pod}/eviction`;
    await this.run(['create', `--raw=${path}`, '--filename=-', REQUEST_TIMEOUT], { input: JSON.stringify(eviction) });
  }

  lastLines(namespace: string, pod: string, container: string, lines: number): Promise<string> {
    const what = [`--container=${container}`, `--tail=${lines}`];
    return this.run(['logs', pod, `--namespace=${namespace}`, ...what, REQUEST_TIMEOUT]);
  }

  private async list<T>(kind: string, namespace?: string, selector?: string): Promise<T[]> {
    const args = ['get', kind, '--output=json', REQUEST_TIMEOUT];
    if (namespace) args.push(`--namespace=${namespace}`);
    if (selector) args.push(`--selector=${selector}`);
    return (JSON.parse(await this.run(args)) as { items: T[] }).items;
  }

  private run(args: readonly string[], { input = '', within = WITHIN_MS }: Call = {}): Promise<string> {
    const all = this.context === undefined ? [...args] : [`--context=${this.context}`, ...args];
    const what = args.slice(0, args[0] === 'exec' ? 3 : 2).join(' ');
    const { stop } = this;
    return new Promise((resolve, reject) => {
      if (stop?.aborted) return reject(stop.reason);
      // A group of its own: Ctrl-C is for this program, which ends what runs and then deletes.
      const child = spawn('kubectl', all, { detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
      let out = '';
      let said = '';
      let late = false;
      const kill = (signal: NodeJS.Signals) => {
        try {
          if (child.pid !== undefined) process.kill(-child.pid, signal);
        } catch {
          // It ended by itself.
        }
      };
      let killing: NodeJS.Timeout | undefined;
      const end = () => {
        kill('SIGTERM');
        killing = setTimeout(() => kill('SIGKILL'), KILL_AFTER_MS);
      };
      const limit = setTimeout(() => {
        late = true;
        end();
      }, within);
      const atExit = () => kill('SIGKILL');
      stop?.addEventListener('abort', end, { once: true });
      process.once('exit', atExit);
      const settle = (decide: () => void) => {
        clearTimeout(limit);
        clearTimeout(killing);
        stop?.removeEventListener('abort', end);
        process.removeListener('exit', atExit);
        decide();
      };
      child.stdout.setEncoding('utf8').on('data', (chunk) => {
        out += chunk;
      });
      child.stderr.setEncoding('utf8').on('data', (chunk) => {
        said = (said + chunk).slice(-4_000);
      });
      child.once('error', (error: NodeJS.ErrnoException) =>
        settle(() =>
          reject(
            error.code === 'ENOENT'
              ? new Refusal(
                  'There is no kubectl on the PATH. Install it (https://kubernetes.io/docs/tasks/tools/), and point it at a cluster, such as one made by `kind create cluster`.',
                )
              : new Refusal(`kubectl cannot be run: ${error.message}`),
          ),
        ),
      );
      child.once('close', (code) =>
        settle(() => {
          if (stop?.aborted) reject(stop.reason);
          else if (late) reject(new KubectlError(what, `no answer within ${within / 1_000} s`));
          else if (code === 0) resolve(out);
          else reject(new KubectlError(what, said.trim() || out.trim() || `exit ${code}`, out));
        }),
      );
      // kubectl may end before it has read all.
      child.stdin.on('error', () => undefined);
      child.stdin.end(input);
    });
  }
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) || 'it said nothing';
}
