import type { KubectlAnswer, KubectlCall } from '../kubectl-front';

/** A Job as the Kubernetes API has it. */
export interface Job {
  readonly metadata: object;
  readonly spec: object;
  readonly status?: object;
}

interface StoredJob {
  readonly metadata: { readonly name: string; readonly namespace: string };
  spec: {
    readonly parallelism: number;
    readonly completions?: number;
    readonly completionMode: string;
    readonly successPolicy?: { readonly rules: readonly { readonly succeededIndexes?: string }[] };
  };
}

const failed = (message: string): KubectlAnswer => ({ err: `${message}\n`, code: 1 });

/** A cluster that has nothing but Jobs and a Redis, as kubectl shows it. It refuses what Kubernetes refuses. */
export class ClusterOfJobs {
  /** How kubectl was called. */
  readonly calls: string[] = [];
  /** A verb that fails, and what kubectl says then. */
  fails?: readonly [verb: string, message: string];
  /** A verb without an answer. */
  hangs?: string;
  private stored: StoredJob[] = [];

  constructor(private readonly redisPort: string) {}

  /** The Jobs that there are. */
  set jobs(jobs: readonly Job[]) {
    this.stored = structuredClone(jobs) as StoredJob[];
  }

  /** Parallelism and completions of each of them. */
  get sizes(): (readonly [parallelism: number, completions?: number])[] {
    return this.stored.map(({ spec: { parallelism, completions } }) =>
      completions === undefined ? [parallelism] : [parallelism, completions],
    );
  }

  answer({ args }: KubectlCall): KubectlAnswer | 'hangs' {
    this.calls.push(args.join(' '));
    const [verb, kind, name = ''] = args;
    if (this.fails && this.fails[0] === verb) return failed(this.fails[1]);
    if (this.hangs === verb) return 'hangs';
    if (verb === 'port-forward') return { out: `Forwarding from 127.0.0.1:${this.redisPort} -> 6379\n`, stays: true };
    const namespace = option(args, '--namespace') ?? 'default';
    const here = this.stored.filter(({ metadata }) => metadata.namespace === namespace);
    if (verb === 'get' && kind === 'jobs') return { out: `${JSON.stringify({ items: here })}\n` };
    const job = here.find(({ metadata }) => metadata.name === name);
    if (!job) return failed(`Error from server (NotFound): jobs.batch "${name}" not found`);
    if (verb === 'get') return { out: `${JSON.stringify(job)}\n` };
    if (verb === 'patch' && args.includes('--type=merge')) return patch(job, option(args, '-p') ?? '');
    return failed(`error: unknown command ${args.join(' ')}`);
  }
}

function option(args: readonly string[], name: string): string | undefined {
  return args.includes(name) ? args[args.indexOf(name) + 1] : undefined;
}

function patch(job: StoredJob, change: string): KubectlAnswer {
  const spec: StoredJob['spec'] = { ...job.spec, ...JSON.parse(change).spec };
  const { name } = job.metadata;
  const invalid = (why: string) => failed(`The Job "${name}" is invalid: ${why}`);
  if (spec.completions !== job.spec.completions) {
    if (spec.completionMode !== 'Indexed') return invalid('spec.completions: Invalid value: field is immutable');
    if (spec.completions !== spec.parallelism)
      return invalid('spec.completions: Invalid value: can only be modified in tandem with spec.parallelism');
  }
  const indexes = (spec.successPolicy?.rules ?? []).flatMap(({ succeededIndexes = '' }) =>
    succeededIndexes.split(/[-,]/).map(Number),
  );
  const highest = Math.max(-1, ...indexes);
  if (spec.completions !== undefined && highest >= spec.completions)
    return invalid(`spec.successPolicy.rules[0].succeededIndexes: Invalid value: "${highest}": too large index`);
  job.spec = spec;
  return { out: `job.batch/${name} patched\n` };
}
