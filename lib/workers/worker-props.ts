import type { Duration, Size } from 'cdk8s';
import type { AgentProps } from '../agent';
import type { CommandProps } from '../command';
import type { BundlingOptions } from '../entry';
import type {
  ContainerResources,
  EnvValue,
  IServiceAccount,
  PodContainer,
  PodProps,
  SpotNodes,
  VolumeMount,
} from '../kubernetes';
import type { LogFormat } from '../pod';
import type { IQueueDefinition, Rate } from '../props';
import type { RedisStore } from '../store';

/** Props of the workers of a queue, whatever runs their pods. */
export interface WorkerProps extends PodProps, AgentProps, CommandProps {
  /**
   * Name of the queue, which is the Redis list that holds the items. No braces, no control characters. One name serves one
   * batch after another, or each batch has its own.
   *
   * @default - that of `queue`; one of the two must be given
   * @example queueName: 'thumbnails'
   */
  readonly queueName?: string;

  /**
   * The queue as the worker has it, too: what `defineQueue` returned. Its name is that of the queue, and `items` are checked
   * by its schema.
   *
   * @default - none: the queue is `queueName`, and `items` are strings
   * @example queue: thumbnails
   */
  readonly queue?: IQueueDefinition;

  /**
   * The worker's image: built on this package's runtime, or any program, which asks the work agent for items (`agent`), is
   * run for each item (`run`), or takes items off the list by itself and ends with 0 when there are none.
   *
   * @default - none; either this or `entry` must be given
   * @example image: 'registry.example/thumbnails:1'
   */
  readonly image?: string;

  /**
   * The worker as a TypeScript or JavaScript file, in place of an image: absolute, or relative to the working directory,
   * where cdk8s.yaml lies. It is bundled at synth, by esbuild, with all that it imports, and runs on `nodeImage` with a
   * read-only root file system and a /tmp of its own. Types are not checked, and native add-ons are refused.
   *
   * @default - none; either this or `image` must be given
   * @example entry: './worker.ts'
   */
  readonly entry?: string;

  /**
   * The image that `entry` runs on, with Node.js 20 or later.
   *
   * @default 'node:24-alpine'
   * @example nodeImage: 'registry.example/node-with-sharp:24'
   */
  readonly nodeImage?: string;

  /**
   * How `entry` is bundled, for what the defaults do not fit: packages that the image has, loaders, constants.
   *
   * @default - one minified ES module for Node 20 and later, with a source map, by the tsconfig.json above each file
   * @example bundling: { externalModules: ['sharp'] }
   */
  readonly bundling?: BundlingOptions;

  /**
   * What the worker runs, in place of the image's entrypoint. Refused beside `entry` and `run`.
   *
   * @default - the image's entrypoint
   * @example command: ['python', 'worker.py']
   */
  readonly command?: string[];

  /**
   * Arguments of the worker. Refused beside `run`.
   *
   * @default - the image's arguments
   * @example args: ['--verbose']
   */
  readonly args?: string[];

  /**
   * Variables of the worker: text, numbers, `true` and `false`, or an `EnvValue` of cdk8s-plus. Those that the construct sets
   * itself (`REDIS_…`, `WORK_QUEUE_…`) are refused. In a text, `$(NAME)` is a variable that stands before it, and `$$` is `$`.
   *
   * @default - only those that the construct sets
   * @example env: { BUCKET: 'thumbnails', SIZE: 128, TOKEN: kplus.EnvValue.fromSecretValue({ secret, key: 'token' }) }
   */
  readonly env?: { readonly [name: string]: string | number | boolean | EnvValue };

  /**
   * ConfigMaps and Secrets whose keys are variables of the worker, as in Kubernetes' YAML, or an `EnvFrom` of cdk8s-plus.
   * `env`, and what the construct sets itself, win over them.
   *
   * @default - none
   * @example envFrom: [{ configMapRef: { name: 'settings' } }, { secretRef: { name: 'credentials' }, prefix: 'API_' }]
   */
  // biome-ignore lint/suspicious/noExplicitAny: as Kubernetes or cdk8s-plus write it
  readonly envFrom?: any[];

  /**
   * When the image of the worker is pulled: `Always`, `IfNotPresent` or `Never`.
   *
   * @default - `Always` for the tag `latest` and for none, else `IfNotPresent`
   * @example imagePullPolicy: 'Always'
   */
  readonly imagePullPolicy?: string;

  /**
   * How many items one worker runs at once, 1 to 10,000; with `agent`, how many the program may hold at once.
   *
   * @default - 1; with `agent` as many as the program asks for, at most 1,000
   * @example concurrency: 50
   */
  readonly concurrency?: number;

  /**
   * How long a worker may be silent before its items are given to others, 1 second to 1 hour. It renews by itself, so
   * this need not be longer than an item takes.
   *
   * @default Duration.seconds(10)
   * @example lease: Duration.seconds(30)
   */
  readonly lease?: Duration;

  /**
   * How often an item is tried in all, 1 to 1,000. Then it becomes a dead letter.
   *
   * @default 3
   * @example maxAttempts: 5
   */
  readonly maxAttempts?: number;

  /**
   * How long one attempt may take. Then it is aborted and counts as failed; 0 is no limit.
   *
   * @default - no limit
   * @example itemTimeout: Duration.minutes(2)
   */
  readonly itemTimeout?: Duration;

  /**
   * How many items all workers together may start in a time: what an API allows, or a database bears. Redis counts, on the
   * queue's clock, so the number of workers does not matter. Items that are tried again count again.
   *
   * @default - no limit
   * @example rate: { items: 100, per: Duration.minutes(1) }
   */
  readonly rate?: Rate;

  /**
   * How long a pod waits for a Redis that does not answer. Then it fails with 84 and another pod takes its place.
   *
   * @default Duration.minutes(5)
   * @example storeTimeout: Duration.minutes(15)
   */
  readonly storeTimeout?: Duration;

  /**
   * How the workers write their lines, and the filler where it says nothing else, on the runtime of this package, such as that
   * of an agent: as one JSON object a line, or as text.
   *
   * @default - JSON, since no container has a terminal
   * @example logFormat: LogFormat.TEXT
   */
  readonly logFormat?: LogFormat;

  /**
   * Requests and limits of the worker. A resource that is not mentioned keeps its default.
   *
   * @default - requests of 100m CPU and 128Mi memory, no limits
   * @example resources: { cpu: { request: Cpu.units(1) }, memory: { limit: Size.gibibytes(1) } }
   */
  readonly resources?: ContainerResources;

  /**
   * The kind of spot nodes that the workers run on: adds its label to `nodeSelector`, tolerates its taint, and makes its
   * notice the grace period. For the workers alone: the fill and the store stay where `nodeSelector` and `tolerations`
   * put them. A store without a volume loses its queue with its node, so keep that off spot nodes, by a store with a
   * nodeSelector of its own.
   *
   * @default - nodes of any kind
   * @example spot: SpotNodes.KARPENTER
   */
  readonly spot?: SpotNodes;

  /**
   * Whether the Cluster Autoscaler and Karpenter may evict the workers, and the store that is made by default, to remove
   * a node that is not much used. `false` sets the annotations `cluster-autoscaler.kubernetes.io/safe-to-evict: "false"`
   * and `karpenter.sh/do-not-disrupt: "true"` on their pods. It is for items that take longer than
   * `terminationGracePeriod`.
   *
   * It does not keep a spot node. Karpenter sends such a pod no SIGTERM before a spot node goes, so its items are
   * charged an attempt.
   *
   * @default true
   * @example evictable: false
   */
  readonly evictable?: boolean;

  /**
   * Service account of the workers.
   *
   * @default - `default`
   * @example serviceAccount: kplus.ServiceAccount.fromServiceAccountName(chart, 'account', 'thumbnails')
   */
  readonly serviceAccount?: IServiceAccount;

  /**
   * Whether the workers get the token of their service account.
   *
   * @default false
   * @example automountServiceAccountToken: true
   */
  readonly automountServiceAccountToken?: boolean;

  /**
   * Volumes of the worker, each with where it is mounted: of cdk8s-plus, or as in Kubernetes' YAML. Pod Security
   * "restricted" takes config maps, secrets, volume claims, empty directories, CSI, downward API, ephemeral and projected
   * volumes.
   *
   * @default - none
   * @example volumeMounts: [{ mountPath: '/scratch', volume: { name: 'scratch', emptyDir: {} } }]
   */
  readonly volumeMounts?: VolumeMount[];

  /**
   * What is called when the worker's container has started, and before it ends, as in Kubernetes' YAML. The time that
   * `preStop` takes is part of the grace period, and the worker gets its SIGTERM after it.
   *
   * @default - nothing
   * @example lifecycle: { postStart: { exec: { command: ['sh', '-c', 'mkdir -p /tmp/cache'] } } }
   */
  // biome-ignore lint/suspicious/noExplicitAny: as Kubernetes writes it
  readonly lifecycle?: any;

  /**
   * What Kubernetes lets the worker's container do, as in its YAML, over that of Pod Security "restricted": what is given here
   * wins, and may be more than "restricted" allows. Capabilities are added to none.
   *
   * @default - no privilege escalation, no capabilities
   * @example securityContext: { appArmorProfile: { type: 'RuntimeDefault' } }
   */
  // biome-ignore lint/suspicious/noExplicitAny: as Kubernetes writes it
  readonly securityContext?: any;

  /**
   * Containers that prepare something for the worker, in order; each ends before the next one starts. They come last of all
   * that runs before it, once there is something to do.
   *
   * @default - none
   * @example initContainers: [{ name: 'model', image: 'registry.example/fetch-model:1' }]
   */
  readonly initContainers?: PodContainer[];

  /**
   * Containers that run beside the worker, from before all others of its pod until it has ended: native sidecars, which take
   * Kubernetes 1.29 or later. How they end does not matter to the Job.
   *
   * @default - none
   * @example
   * sidecars: [{
   *   name: 'cloud-sql-proxy',
   *   image: 'gcr.io/cloud-sql-connectors/cloud-sql-proxy:2.18',
   *   args: ['project:region:instance'],
   *   startupProbe: { tcpSocket: { port: 5432 }, periodSeconds: 1 },
   * }]
   */
  readonly sidecars?: PodContainer[];

  /**
   * User id that workers, and a `filler`, run as; not 0. Refused beside `idsFromNamespace`.
   *
   * @default 1000
   * @example user: 10001
   */
  readonly user?: number;

  /**
   * Group id that workers, and a `filler`, run as. Refused beside `idsFromNamespace`.
   *
   * @default 1000
   * @example group: 10001
   */
  readonly group?: number;

  /**
   * Group id that owns the volumes of workers, and of a `filler`. Refused beside `idsFromNamespace`.
   *
   * @default 1000
   * @example fsGroup: 10001
   */
  readonly fsGroup?: number;

  /**
   * Whether the worker's root file system is read-only. The runtime of this package works with it; many images do not.
   *
   * @default - true for an `entry`, else false
   * @example readOnlyRootFilesystem: true
   */
  readonly readOnlyRootFilesystem?: boolean;

  /**
   * How long a worker has to finish after SIGTERM, in whole seconds. A spot node that is taken back may give less.
   *
   * @default - Duration.seconds(30); with `spot`, the notice of its nodes: 15 s on GKE, 120 s on EKS and with Karpenter,
   * 30 s on AKS
   * @example terminationGracePeriod: Duration.minutes(2)
   */
  readonly terminationGracePeriod?: Duration;

  /**
   * The store that holds the queue. Several queues may share one.
   *
   * @default - a store for this queue alone, named after what runs the workers, such as `<jobName>-redis`: of a Job
   * RedisStore.pod, of a Deployment RedisStore.persistent
   * @example redis: RedisStore.persistent(chart, 'redis')
   */
  readonly redis?: RedisStore;

  /**
   * Memory of the store that is made by default. Refused beside `redis`.
   *
   * @default Size.mebibytes(256)
   * @example redisMemory: Size.gibibytes(1)
   */
  readonly redisMemory?: Size;
}
