import type { BundlingOptions } from '../entry';
import type { ContainerResources, EnvValue, ISecret, IServiceAccount, PodContainer, VolumeMount } from '../kubernetes';
import type { LogFormat } from '../pod';

/**
 * A program that fills a queue. Its environment is that of a worker: `REDIS_URL`, `WORK_QUEUE_NAME`, `WORK_QUEUE_BATCH`
 * and, where they are needed, `REDIS_USERNAME` and `REDIS_PASSWORD`.
 *
 * It may be killed and run again, so it must push each item once however often it runs: `runFiller` and
 * `WorkQueue.fill` do, with `WORK_QUEUE_BATCH`, if the items come in the same order each time.
 */
export interface QueueFiller {
  /**
   * Image of the filler.
   *
   * @default - none; either this or `entry` must be given
   * @example image: 'registry.example/fill-thumbnails:1'
   */
  readonly image?: string;

  /**
   * The filler as a TypeScript or JavaScript file, bundled as the worker's `entry` is.
   *
   * @default - none; either this or `image` must be given
   * @example entry: './fill.ts'
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
   * @example bundling: { loader: { '.sql': 'text' } }
   */
  readonly bundling?: BundlingOptions;

  /**
   * What the filler runs, in place of the image's entrypoint. Refused beside `entry`.
   *
   * @default - the image's entrypoint
   * @example command: ['python', 'fill.py']
   */
  readonly command?: string[];

  /**
   * Arguments of the filler.
   *
   * @default - the image's arguments
   * @example args: ['--since', '2026-11-01']
   */
  readonly args?: string[];

  /**
   * Variables of the filler: text, numbers, `true` and `false`, or an `EnvValue` of cdk8s-plus. Those that the construct sets
   * itself (`REDIS_…`, `WORK_QUEUE_…`) are refused. In a text, `$(NAME)` is a variable that stands before it, and `$$` is `$`.
   *
   * @default - only those that the construct sets
   * @example env: { BUCKET: 'pictures', SIZE: 128, TOKEN: kplus.EnvValue.fromSecretValue({ secret, key: 'token' }) }
   */
  readonly env?: { readonly [name: string]: string | number | boolean | EnvValue };

  /**
   * ConfigMaps and Secrets whose keys are variables of the filler, as in Kubernetes' YAML, or an `EnvFrom` of cdk8s-plus.
   * `env`, and what the construct sets itself, win over them.
   *
   * @default - none
   * @example envFrom: [{ configMapRef: { name: 'settings' } }, { secretRef: { name: 'credentials' }, prefix: 'API_' }]
   */
  // biome-ignore lint/suspicious/noExplicitAny: as Kubernetes or cdk8s-plus write it
  readonly envFrom?: any[];

  /**
   * How the filler writes its lines, on the runtime of this package.
   *
   * @default - as the workers of the Job
   * @example logFormat: LogFormat.TEXT
   */
  readonly logFormat?: LogFormat;

  /**
   * When the image of the filler is pulled: `Always`, `IfNotPresent` or `Never`.
   *
   * @default - `Always` for the tag `latest` and for none, else `IfNotPresent`
   * @example imagePullPolicy: 'Always'
   */
  readonly imagePullPolicy?: string;

  /**
   * Identity of what is filled in, for a source that changes while the program stays: a date, a version. At most 128
   * printable ASCII characters. A queue takes each batch once. Another one in it is replaced where all of it is done and
   * nothing of it is kept, else this one is refused.
   *
   * @default - a hash of the queue's name and of the program: code or image, command, arguments, variables (`env`, `envFrom`)
   * @example batch: '2026-11-23'
   */
  readonly batch?: string;

  /**
   * How many pods of the filler may fail before the fill Job does.
   *
   * @default 6
   * @example backoffLimit: 20
   */
  readonly backoffLimit?: number;

  /**
   * Requests and limits of the filler. A resource that is not mentioned keeps its default.
   *
   * @default - requests of 100m CPU and 128Mi memory, no limits
   * @example resources: { memory: { request: Size.mebibytes(512) } }
   */
  readonly resources?: ContainerResources;

  /**
   * Volumes of the filler, each with where it is mounted: of cdk8s-plus, or as in Kubernetes' YAML.
   *
   * @default - none
   * @example volumeMounts: [{ mountPath: '/scratch', volume: { name: 'scratch', emptyDir: {} } }]
   */
  readonly volumeMounts?: VolumeMount[];

  /**
   * What is called when the filler's container has started, and before it ends, as in Kubernetes' YAML. The time that
   * `preStop` takes is part of the grace period, and the filler gets its SIGTERM after it.
   *
   * @default - nothing
   * @example lifecycle: { postStart: { exec: { command: ['sh', '-c', 'mkdir -p /tmp/cache'] } } }
   */
  // biome-ignore lint/suspicious/noExplicitAny: as Kubernetes writes it
  readonly lifecycle?: any;

  /**
   * What Kubernetes lets the filler's container do, as in its YAML, over that of Pod Security "restricted": what is given here
   * wins, and may be more than "restricted" allows. Capabilities are added to none.
   *
   * @default - no privilege escalation, no capabilities
   * @example securityContext: { appArmorProfile: { type: 'RuntimeDefault' } }
   */
  // biome-ignore lint/suspicious/noExplicitAny: as Kubernetes writes it
  readonly securityContext?: any;

  /**
   * Containers that prepare something for the filler, in order; each ends before the next one starts. They come last of all
   * that runs before it, once there is something to do.
   *
   * @default - none
   * @example initContainers: [{ name: 'model', image: 'registry.example/fetch-model:1' }]
   */
  readonly initContainers?: PodContainer[];

  /**
   * Containers that run beside the filler, from before all others of its pod until it has ended: native sidecars, which take
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
   * Whether the filler's root file system is read-only.
   *
   * @default - true for an `entry`, else false
   * @example readOnlyRootFilesystem: true
   */
  readonly readOnlyRootFilesystem?: boolean;

  /**
   * Secrets to pull the filler's image with. Those of the store are added, as its image seals the queue.
   *
   * @default - those of the worker; where there are none at all, those of the service account
   * @example imagePullSecrets: [kplus.Secret.fromSecretName(chart, 'registry', 'registry-credentials')]
   */
  readonly imagePullSecrets?: ISecret[];

  /**
   * Service account of the filler.
   *
   * @default - `default`
   * @example serviceAccount: kplus.ServiceAccount.fromServiceAccountName(chart, 'account', 'bucket-reader')
   */
  readonly serviceAccount?: IServiceAccount;

  /**
   * Whether the filler gets the token of its service account.
   *
   * @default false
   * @example automountServiceAccountToken: true
   */
  readonly automountServiceAccountToken?: boolean;
}
