import { EventEmitter, once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';

import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { KubectlAnswer, KubectlCall } from '../kubectl-front';

/** As it stands in a manifest. */
interface KubernetesObject {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels: Readonly<Record<string, string>> };
  readonly data: Readonly<Record<string, string>>;
  readonly spec: {
    readonly parallelism: number;
    readonly template: { readonly spec: { readonly containers: readonly { env: readonly { value?: string }[] }[] } };
  };
}

const failed = (err: string): KubectlAnswer => ({ err, code: 1 });

/**
 * A cluster whose pods do nothing, as kubectl shows it. It knows only what the suite asks, and records each call. `faults`
 * says what goes wrong.
 */
export class IdleCluster {
  readonly calls: KubectlCall[] = [];
  /** The text of every file that was applied. */
  applied = '';
  private readonly looks = new Map<string, number>();
  private readonly objects = new Map<string, KubernetesObject>();
  private readonly lost: string[] = [];
  private resumed = false;
  private drained = false;
  private readonly called = new EventEmitter();

  constructor(
    private readonly faults: readonly string[],
    /** How many pods the suite takes away: until then, nothing is done. */
    private readonly losses: number,
  ) {}

  answer(call: KubectlCall): KubectlAnswer | 'hangs' {
    this.calls.push(call);
    this.called.emit('call');
    return this.run(call);
  }

  /** Resolves when the calls are as they should be. */
  async until(is: (calls: readonly KubectlCall[]) => boolean): Promise<void> {
    while (!is(this.calls)) await once(this.called, 'call');
  }

  private run({ args }: KubectlCall): KubectlAnswer | 'hangs' {
    const has = (fault: string) => this.faults.includes(fault);
    if (has('away') && this.resumed && this.nth('away') <= 3)
      return failed(
        'The connection to the server 127.0.0.1:6443 was refused - did you specify the right host or port?\n',
      );
    const [verb = '', what = '', name = ''] = args.filter((each) => !each.startsWith('--'));
    switch (verb) {
      case 'config':
        return has('no-context') ? failed('error: current-context is not set\n') : { out: 'kind-kind\n' };
      case 'version':
        return has('no-answer')
          ? failed('Unable to connect to the server: dial tcp 127.0.0.1:6443: connect: connection refused\n')
          : { out: '{"serverVersion":{"gitVersion":"v1.34.0"}}' };
      case 'auth': {
        const err = "Warning: resource 'namespaces' is not namespace scoped\n";
        return has('forbidden') ? { out: 'no\n', err, code: 1 } : { out: 'yes\n', err };
      }
      case 'get':
        return this.list(what, flag(args, 'selector'));
      case 'apply':
        this.apply(flag(args, 'filename') ?? '');
        return has('hangs') && this.of('Job').length > 0 ? 'hangs' : { out: 'applied\n' };
      case 'exec':
        return { out: this.exec(args.slice(args.indexOf('--') + 1).join(' ')) };
      case 'logs':
        return { out: 'Working on apple\n' };
      case 'delete':
        if (what === 'pod') this.lost.push(name);
        else if (has('stays')) return failed('Error from server (Forbidden): namespaces is forbidden\n');
        return { out: 'deleted\n' };
      case 'create': {
        const [, pod] = /\/pods\/(.*)\/eviction$/.exec(flag(args, 'raw') ?? '') ?? [];
        if (pod && has('budget') && this.nth('budget') === 1)
          return failed(
            "Error from server (TooManyRequests): Cannot evict pod as it would violate the pod's disruption budget.\n",
          );
        if (pod) this.lost.push(pod);
        return { out: 'created\n' };
      }
      default:
        return failed(`unknown command ${args.join(' ')}\n`);
    }
  }

  /** How often this was looked at by now: what a cluster makes is not there at the first look. */
  private nth(what: string): number {
    const looks = (this.looks.get(what) ?? 0) + 1;
    this.looks.set(what, looks);
    return looks;
  }

  private of(kind: string): KubernetesObject[] {
    return [...this.objects.values()].filter((each) => each.kind === kind);
  }

  private apply(folder: string): void {
    for (const file of readdirSync(folder)) {
      const text = readFileSync(join(folder, file), 'utf8');
      this.applied += `---\n${text}`;
      for (const document of parseAllDocuments(text, { uniqueKeys: false })) {
        const each = document.toJS() as KubernetesObject;
        this.objects.set(`${each.kind} ${each.metadata.name}`, each);
      }
    }
  }

  private list(kind: string, selector: string | undefined): KubectlAnswer {
    const items = this.items(kind, selector);
    return items ? { out: JSON.stringify({ items }) } : failed(`error: the server has no resource type "${kind}"\n`);
  }

  private items(kind: string, selector: string | undefined): readonly object[] | undefined {
    switch (kind) {
      case 'jobs':
        return this.jobs();
      case 'pods':
        return this.pods(selector);
      case 'deployments':
        return this.of('Deployment').map(({ metadata }) => ({
          metadata,
          status: { conditions: this.nth('deployments') > 1 ? [{ type: 'Available', status: 'True' }] : [] },
        }));
      case 'serviceaccounts':
        return this.nth('accounts') > 1 ? [{ metadata: { name: 'default' } }] : [];
      case 'storageclasses': {
        const isDefault = String(!this.faults.includes('no-storage'));
        const annotations = { 'storageclass.kubernetes.io/is-default-class': isDefault };
        return [{ metadata: { name: 'standard', annotations } }];
      }
      case 'events':
        return [
          {
            type: 'Warning',
            reason: 'FailedCreate',
            message: 'violates PodSecurity "restricted:latest"',
            involvedObject: { kind: 'Job', name: 'job-wq-2' },
          },
        ];
      default:
        return undefined;
    }
  }

  private jobs(): readonly object[] {
    const look = this.nth('jobs');
    // Nothing is done until the last pod is lost, and somebody has looked since.
    if (this.resumed && !this.faults.includes('never-drained') && this.lost.length >= this.losses) this.drained = true;
    const condition = (type: string, more: object = {}) => ({
      status: { conditions: [{ type, status: 'True', ...more }] },
    });
    return this.of('Job').map((job) => {
      const { metadata } = job;
      if (isFill(job)) return { metadata, ...(look > 1 && condition('Complete')) };
      if (this.resumed && this.faults.includes('job-fails'))
        return { metadata, ...condition('Failed', { reason: 'PodFailurePolicy', message: 'exit code 82' }) };
      return { metadata, ...(this.drained && condition('Complete')) };
    });
  }

  private pods(selector: string | undefined): readonly object[] {
    const ready = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] };
    const running = { phase: 'Running', containerStatuses: [{ name: 'worker', state: { running: {} } }] };
    const store = [...this.of('Pod'), ...this.of('StatefulSet')].map(({ kind, metadata }) => ({
      metadata: { name: kind === 'Pod' ? metadata.name : `${metadata.name}-0` },
      status: this.nth('store') > 1 ? ready : { phase: 'Pending' },
    }));
    if (selector === 'cdk8s-redis-work-queue/store') return store;
    const workers = this.of('Job')
      .filter((job) => !isFill(job))
      .filter(({ metadata }) => !selector || selector === `job-name=${metadata.name}`)
      .flatMap(({ metadata, spec }) =>
        Array.from({ length: spec.parallelism + this.lost.length }, (_, i) => `${metadata.name}-${i}`)
          .filter((name) => !this.lost.includes(name))
          .map((name) => ({ metadata: { name }, status: running })),
      );
    return selector ? workers : [...store, ...workers];
  }

  private exec(command: string): string {
    const [, queue = ''] = /\{(.*?)\}/.exec(command) ?? [];
    if (command.includes('HSET')) return '1\n';
    if (command.includes('HDEL')) {
      this.resumed = true;
      if (this.faults.includes('too-fast')) this.drained = true;
      return '1\n1-0\n';
    }
    const dead = this.drained && queue === 'pages' ? 3 : 0;
    const done = this.drained ? this.itemsOf(queue) - dead - (this.faults.includes('item-lost') ? 1 : 0) : 0;
    const results = command.includes('HVALS') ? '4865600\n{"fen":"x"}\n9\n{"fen":"y"}\n' : '';
    return `${done || ''}\n\n${dead}\n0\n${results}`;
  }

  private itemsOf(queue: string): number {
    const fill = this.of('Job').find(
      (job) => isFill(job) && job.spec.template.spec.containers[0]?.env.some((each) => each.value === queue),
    );
    return this.of('ConfigMap')
      .filter(({ metadata }) => metadata.name.startsWith(`${fill?.metadata.name}-`))
      .flatMap(({ data }) => Object.values(data).flatMap((text) => JSON.parse(text))).length;
  }
}

function flag(args: readonly string[], name: string): string | undefined {
  return args.find((each) => each.startsWith(`--${name}=`))?.slice(name.length + 3);
}

function isFill({ metadata }: KubernetesObject): boolean {
  return metadata.labels['app.kubernetes.io/component'] === 'fill';
}
