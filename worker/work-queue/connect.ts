import { consoleLog, type Log } from '../log';
import { Connection } from '../redis';
import { checkOptions, type OptionNames, readStoreAddress } from '../settings';

/** Options of a {@link WorkQueue}. */
export interface WorkQueueOptions {
  /**
   * `redis://host:port` or `rediss://`; nodes of a Redis Cluster are joined by commas. For sentinels
   * `redis+sentinel://host:port,host:port/name-of-the-primary` or `rediss+sentinel://`.
   *
   * @default - REDIS_URL, or REDIS_SERVICE_HOST and REDIS_SERVICE_PORT
   * @example url: 'rediss://redis.example.com:6380'
   */
  readonly url?: string;
  /**
   * ACL user.
   *
   * @default - REDIS_USERNAME
   * @example username: 'filler'
   */
  readonly username?: string;
  /**
   * Password.
   *
   * @default - REDIS_PASSWORD
   * @example password: process.env.FILLER_PASSWORD
   */
  readonly password?: string;
  /**
   * PEM file of authorities to trust beside the system's, for `rediss://`.
   *
   * @default - REDIS_CA_FILE, without `url`
   * @example caFile: '/etc/redis/ca.pem'
   */
  readonly caFile?: string;
  /**
   * File that holds the password, without more than a line break behind it. It is read again at each connect, and goes before
   * `password`.
   *
   * @default - REDIS_PASSWORD_FILE, without `url`
   * @example passwordFile: '/etc/redis/password'
   */
  readonly passwordFile?: string;
  /**
   * PEM file of the certificate that a `rediss://` server is shown which asks for one, with its chain. It is read again at each
   * connect, as is `keyFile`, which it goes with.
   *
   * @default - REDIS_CERT_FILE, without `url`
   * @example certFile: '/etc/redis/tls.crt'
   */
  readonly certFile?: string;
  /**
   * PEM file of the key of `certFile`.
   *
   * @default - REDIS_KEY_FILE, without `url`
   * @example keyFile: '/etc/redis/tls.key'
   */
  readonly keyFile?: string;
  /**
   * Name that the certificate of a `rediss://` server has to be for, where `url` is the address of a tunnel to it.
   *
   * @default - the host of `url`
   * @example serverName: 'redis.jobs.svc'
   */
  readonly serverName?: string;
  /**
   * ACL user of the sentinels.
   *
   * @default - REDIS_SENTINEL_USERNAME, without `url`
   * @example sentinelUsername: 'watcher'
   */
  readonly sentinelUsername?: string;
  /**
   * Password of the sentinels, which are shown none of the others.
   *
   * @default - REDIS_SENTINEL_PASSWORD, without `url`
   * @example sentinelPassword: process.env.SENTINEL_PASSWORD
   */
  readonly sentinelPassword?: string;
  /**
   * File that holds the password of the sentinels. It is read again at each connect, and goes before `sentinelPassword`.
   *
   * @default - REDIS_SENTINEL_PASSWORD_FILE, without `url`
   * @example sentinelPasswordFile: '/etc/redis/sentinel-password'
   */
  readonly sentinelPasswordFile?: string;
  /**
   * How long a call keeps trying to reach Redis, in ms.
   *
   * @default 30000
   * @example patience: 120_000
   */
  readonly patience?: number;
  /**
   * How long one call may go without a byte that is sent or received, in ms; twice as long where it sends much.
   *
   * @default 5000
   * @example deadline: 10_000
   */
  readonly deadline?: number;
  /**
   * Where lines go: that Redis is out of reach, that it answers again, that a fill pushes something again.
   *
   * @default - standard output, warnings to standard error
   * @example log: { info: (line) => logger.info(line), warn: (line) => logger.warn(line) }
   */
  readonly log?: Log;
}

const OPTIONS: OptionNames<WorkQueueOptions> = {
  url: true,
  username: true,
  password: true,
  passwordFile: true,
  caFile: true,
  certFile: true,
  keyFile: true,
  serverName: true,
  sentinelUsername: true,
  sentinelPassword: true,
  sentinelPasswordFile: true,
  patience: true,
  deadline: true,
  log: true,
};

/**
 * The connection that these options describe; it opens with the first call.
 *
 * @throws ConfigurationError the address of Redis is missing, the URL is not one of Redis, or `what` has no such option
 */
export function connect(
  what: string,
  options: WorkQueueOptions,
): { readonly connection: Connection; readonly patience: number; readonly log: Log } {
  checkOptions(what, options, OPTIONS);
  const { url, patience = 30_000, deadline, log = consoleLog, ...access } = options;
  const store = { ...(url ? { url } : readStoreAddress(process.env)), ...access };
  const pace = { patience, ...(deadline !== undefined && { deadline }) };
  return { connection: new Connection(store, { ...pace, log, name: 'work-queue' }), patience, log };
}
