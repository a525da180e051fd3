/** A way to lose a pod while it works. */
export type Loss =
  /** A worker, without notice: `kubectl delete pod --grace-period=0 --force`. */
  | { readonly kind: 'kill'; readonly job: string }
  /** A worker, by the eviction API, as a node drain does. */
  | { readonly kind: 'evict'; readonly job: string }
  /** The Redis pod, which its StatefulSet replaces. */
  | { readonly kind: 'store' };

/** One chart, what is lost while it runs, and how its queues have to end. */
export interface Scenario {
  readonly name: string;
  /** Where `cdk8s synth` runs, from the root of the repository. */
  readonly folder: string;
  readonly env?: Readonly<Record<string, string>>;
  /** In this order, the first one as soon as items are handed out. */
  readonly losses: readonly Loss[];
  /** By the name of the queue. */
  readonly queues: Readonly<Record<string, Expected>>;
  /** True for a chart with a volume: needs a default StorageClass. */
  readonly storage?: true;
  /** Why the suite cannot run this chart, whatever the cluster has. */
  readonly skipped?: string;
}

export interface Expected {
  readonly done: number;
  /** Dead letters. @default 0 */
  readonly dead?: number;
  /** Sum of the numbers that the handlers returned, where results are kept. */
  readonly sum?: number;
}

/** The walkthrough, and every example that has a chart. */
export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'walkthrough',
    folder: '.',
    losses: [
      { kind: 'kill', job: 'job-wq-2' },
      { kind: 'evict', job: 'job-wq-2' },
    ],
    queues: { job2: { done: 9 } },
  },
  {
    name: 'chess',
    folder: 'examples/chess',
    env: { DEPTH: '5' },
    losses: [
      { kind: 'evict', job: 'count-games' },
      { kind: 'kill', job: 'count-games' },
      { kind: 'evict', job: 'count-games' },
    ],
    queues: { positions: { done: 20, sum: 4_865_609 } },
  },
  {
    name: 'fetch-and-store',
    folder: 'examples/fetch-and-store',
    losses: [
      { kind: 'kill', job: 'fetch-pages' },
      { kind: 'evict', job: 'fetch-pages' },
    ],
    // Three pages are gone, which the chart tolerates.
    queues: { pages: { done: 27, dead: 3 } },
  },
  {
    name: 'crawler',
    folder: 'examples/crawler',
    losses: [],
    queues: {},
    skipped: 'crawls a site of your own',
  },
  {
    name: 'two-queues',
    folder: 'examples/two-queues',
    losses: [{ kind: 'kill', job: 'invoices' }, { kind: 'store' }, { kind: 'evict', job: 'invoices' }],
    queues: { invoices: { done: 8 }, reminders: { done: 8 } },
    storage: true,
  },
  {
    name: 'stages',
    folder: 'examples/stages',
    losses: [],
    queues: { chapters: { done: 3 }, index: { done: 8 }, longest: { done: 3 }, book: { done: 1 } },
    storage: true,
  },
  {
    name: 'python',
    folder: 'examples/python',
    losses: [{ kind: 'kill', job: 'fruit-python' }],
    queues: { 'fruit-python': { done: 9 } },
  },
  {
    name: 'bash',
    folder: 'examples/bash',
    losses: [],
    queues: {},
    skipped: 'needs an image of its own, in a registry that the cluster reaches',
  },
  {
    name: 'commands',
    folder: 'examples/commands',
    losses: [],
    queues: { factors: { done: 6 } },
  },
  {
    name: 'larger-app',
    folder: 'examples/larger-app',
    losses: [],
    queues: {},
    skipped: 'belongs to a cluster with its own Redis, Secrets, node pool and priority class',
  },
  {
    name: 'threads',
    folder: 'examples/threads',
    losses: [],
    queues: {},
    skipped: 'needs an image of its own, in a registry that the cluster reaches',
  },
  {
    name: 'tested',
    folder: 'examples/tested',
    losses: [],
    queues: {},
    skipped: 'calls a service that converts videos',
  },
];
