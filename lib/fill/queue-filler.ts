import type * as kplus from 'cdk8s-plus-27';
import type { BundlingOptions } from '../entry/bundling-options';

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
   */
  readonly image?: string;

  /**
   * The filler as a TypeScript or JavaScript file, bundled as the worker's `entry` is.
   *
   * @default - none; either this or `image` must be given
   */
  readonly entry?: string;

  /**
   * The image that `entry` runs on, with Node.js 20 or later.
   *
   * @default 'node:24-alpine'
   */
  readonly nodeImage?: string;

  /**
   * How `entry` is bundled, for what the defaults do not fit: packages that the image has, loaders, constants.
   *
   * @default - one minified ES module for Node 20 and later, with a source map, by the tsconfig.json above each file
   */
  readonly bundling?: BundlingOptions;

  /**
   * What the filler runs, in place of the image's entrypoint. Refused beside `entry`.
   *
   * @default - the image's entrypoint
   */
  readonly command?: string[];

  /**
   * Arguments of the filler.
   *
   * @default - the image's arguments
   */
  readonly args?: string[];

  /**
   * Variables of the filler. Those that the construct sets itself (`REDIS_…`, `WORK_QUEUE_…`) are refused.
   *
   * @default - only those that the construct sets
   */
  readonly env?: { readonly [name: string]: kplus.EnvValue };

  /**
   * Identity of what is filled in, for a source that changes while the program stays: a date, a version. At most 128
   * printable ASCII characters. A queue that holds another batch is refused.
   *
   * @default - a hash of the queue's name and of the program: code or image, command, arguments, variables
   */
  readonly batch?: string;

  /**
   * How many pods of the filler may fail before the fill Job does.
   *
   * @default 6
   */
  readonly backoffLimit?: number;

  /**
   * Requests and limits of the filler. A resource that is not mentioned keeps its default.
   *
   * @default - requests of 100m CPU and 128Mi memory, no limits
   */
  readonly resources?: kplus.ContainerResources;

  /**
   * Volumes of the filler, each with where it is mounted.
   *
   * @default - none
   */
  readonly volumes?: kplus.VolumeMount[];

  /**
   * Whether the filler's root file system is read-only.
   *
   * @default - true for an `entry`, else false
   */
  readonly readOnlyRootFilesystem?: boolean;

  /**
   * Secrets to pull the filler's image with. Those of the store are added, as its image seals the queue.
   *
   * @default - those of the worker; where there are none at all, those of the service account
   */
  readonly imagePullSecrets?: kplus.ISecret[];

  /**
   * Service account of the filler.
   *
   * @default - `default`
   */
  readonly serviceAccount?: kplus.IServiceAccount;

  /**
   * Whether the filler gets the token of its service account.
   *
   * @default false
   */
  readonly automountServiceAccountToken?: boolean;
}
