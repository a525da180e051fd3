import { DEFAULTS, ENV } from '../contract';
import { ConfigurationError } from '../errors';
import { queueNameProblem } from './queue-name';
import { parseRedisUrl, type RedisUrl, redisUrl } from './redis-url';
import { workerName } from './worker-name';

/** Where Redis is. */
export interface StoreAddress {
  /**
   * `redis://host:port/db`, or `rediss://` for TLS; several nodes of a Redis Cluster are joined by commas. For sentinels
   * `redis+sentinel://host:port,host:port/name-of-the-primary/db`, or `rediss+sentinel://`.
   */
  readonly url: string;
  /** ACL user; goes before one in the URL. */
  readonly username?: string;
  /** Password; goes before one in the URL. */
  readonly password?: string;
  /** PEM file of authorities that a `rediss://` server may be signed by, beside those that this process trusts anyway. */
  readonly caFile?: string;
  /** File that holds the password, read again at each connect; goes before every other password. */
  readonly passwordFile?: string;
  /** PEM file of the certificate that a `rediss://` server is shown, with its chain, read again at each connect. */
  readonly certFile?: string;
  /** PEM file of its key. */
  readonly keyFile?: string;
  /** Name that the certificate of a `rediss://` server has to be for, where a tunnel leads to it. */
  readonly serverName?: string;
  /** ACL user of the sentinels. */
  readonly sentinelUsername?: string;
  /** Password of the sentinels, which are shown none of the others. */
  readonly sentinelPassword?: string;
  /** File that holds it, and goes before it; read again at each connect. */
  readonly sentinelPasswordFile?: string;
}

/** So many items in so many ms. */
export interface Rate {
  readonly items: number;
  readonly per: number;
}

/** What a worker is told by its environment, complete with defaults. Times in ms. */
export interface WorkerSettings {
  readonly store: StoreAddress;
  readonly queue?: string;
  /** Name that the code gives the queue, where that of the list is another. */
  readonly definedAs?: string;
  readonly concurrency: number;
  readonly lease: number;
  readonly maxAttempts: number;
  readonly itemTimeout: number;
  /** Items that all workers together may start in so many ms; none: no limit. */
  readonly rate?: Rate;
  readonly startTimeout: number;
  readonly storeTimeout: number;
  readonly settle: number;
  readonly grace: number;
  readonly batch: string;
  readonly gated: boolean;
  readonly run: string;
  readonly worker: string;
  readonly tolerateDeadLetters: boolean;
  readonly failFast: boolean;
  /** The queue is never drained: this worker stays until it is told to stop. */
  readonly endless: boolean;
  readonly terminationLog: string;
  /** How long the keys of the queue stay once every item is done; none: for ever. */
  readonly keep?: number;
  /** For how long nothing may have been claimed before this worker leaves the last items to others; none: it stays. */
  readonly spareAfter?: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

const DAY = 86_400_000;
/** About as long as Redis counts. */
const LONGEST_KEPT = 100 * 365 * DAY;

/** The highest index of a pod, a number of 32 bits in Kubernetes. */
const LAST_INDEX = 2_147_483_647;

/**
 * Until nothing was claimed for so long, a worker that may leave stays, in ms. Near the end items still change hands: what
 * was claimed and not started comes back within some tenths of a second, and what fails is tried again after a second or
 * two. Whoever has left is missed then, and a node that is given back five seconds later costs little.
 */
const SPARE_AFTER = 5_000;

/**
 * Reads the environment that the construct renders (contract.ts).
 *
 * @throws ConfigurationError a variable has a value that makes no sense; the message names variable, value and what is allowed
 */
export function readSettings(env: Environment): WorkerSettings {
  const queue = env[ENV.queue];
  if (queue !== undefined) {
    const problem = queueNameProblem(queue);
    if (problem) throw new ConfigurationError(`${ENV.queue}: ${problem}`);
  }
  const definedAs = env[ENV.definedAs] || undefined;
  if (definedAs !== undefined && queue === undefined) {
    throw new ConfigurationError(
      `${ENV.definedAs} is ${JSON.stringify(definedAs)}, and ${ENV.queue} is missing; set both, or only ${ENV.queue}`,
    );
  }
  if (definedAs !== undefined && env[ENV.job] === '') {
    throw new ConfigurationError(
      `${ENV.job} is empty, and it names the run that has a queue of its own; take it from the label batch.kubernetes.io/job-name of the pod, which Kubernetes 1.27 and later set`,
    );
  }
  const gate = env[ENV.gate];
  if (gate !== undefined && gate !== 'filled') {
    throw new ConfigurationError(`${ENV.gate} is ${JSON.stringify(gate)}; allowed is filled, or leave it unset`);
  }
  if (flag(env, ENV.failFast) && flag(env, ENV.tolerateDeadLetters)) {
    throw new ConfigurationError(
      `${ENV.failFast} and ${ENV.tolerateDeadLetters} are both true, and a run that ends with the first dead letter tolerates none; set one of them`,
    );
  }
  const format = env[ENV.log];
  if (format && format !== 'json' && format !== 'text') {
    throw new ConfigurationError(`${ENV.log} is ${JSON.stringify(format)}; allowed are json and text`);
  }
  const endless = flag(env, ENV.endless);
  if (endless) refuseEnds(env);
  return {
    store: readStoreAddress(env),
    ...(queue !== undefined && { queue }),
    ...(definedAs !== undefined && { definedAs }),
    concurrency: whole(env, ENV.concurrency, DEFAULTS.concurrency, 1, 10_000),
    lease: whole(env, ENV.lease, DEFAULTS.lease, 1_000, 3_600_000),
    maxAttempts: whole(env, ENV.maxAttempts, DEFAULTS.maxAttempts, 1, 1_000_000),
    itemTimeout: whole(env, ENV.itemTimeout, DEFAULTS.itemTimeout, 0, 365 * DAY),
    startTimeout: whole(env, ENV.startTimeout, DEFAULTS.startTimeout, 0, 365 * DAY),
    storeTimeout: whole(env, ENV.storeTimeout, DEFAULTS.storeTimeout, 1, 365 * DAY),
    settle: whole(env, ENV.settle, DEFAULTS.settle, 0, 365 * DAY),
    grace: whole(env, ENV.grace, DEFAULTS.grace, 0, 365 * DAY),
    batch: env[ENV.batch] ?? '',
    gated: gate === 'filled',
    run: env[ENV.run] ?? '',
    worker: workerName(env),
    tolerateDeadLetters: flag(env, ENV.tolerateDeadLetters),
    failFast: flag(env, ENV.failFast),
    endless,
    terminationLog: env[ENV.terminationLog] ?? DEFAULTS.terminationLog,
    ...rateOf(env),
    ...(env[ENV.keep] && { keep: whole(env, ENV.keep, 0, 1, LONGEST_KEPT) }),
    ...(!endless && mayLeave(env) && { spareAfter: SPARE_AFTER }),
  };
}

/** What says when a worker ends, which one that never does cannot heed. */
function refuseEnds(env: Environment): void {
  const ends = [
    ...[ENV.failFast, ENV.tolerateDeadLetters].filter((name) => flag(env, name)),
    ...[ENV.batch, ENV.leaveFromIndex].filter((name) => env[name]),
  ];
  if (ends.length === 0) return;
  throw new ConfigurationError(
    `${ENV.endless} is true, and ${ends.join(' and ')} ${ends.length === 1 ? 'is' : 'are'} set, which says when a worker ends; remove one of them`,
  );
}

const MOST_ITEMS = 1_000_000_000;

function rateOf(env: Environment): { rate?: Rate } {
  const text = env[ENV.rate];
  if (text === undefined || text === '') return {};
  const [, items, per] = (/^(\d+)\/(\d+)$/.exec(text) ?? []).map(Number);
  const isRate = items !== undefined && per !== undefined && items >= 1 && items <= MOST_ITEMS && per >= 1;
  if (isRate && per <= 365 * DAY) return { rate: { items, per } };
  throw new ConfigurationError(
    `${ENV.rate} is ${JSON.stringify(text)}; allowed is ITEMS/MS, from 1 to ${MOST_ITEMS} items in 1 to ${365 * DAY} ms, such as 100/60000`,
  );
}

/** Whether others see to the end of the queue: the lowest indexes of the Job stay, so index 0 always does. */
function mayLeave(env: Environment): boolean {
  const from = whole(env, ENV.leaveFromIndex, 0, 1, LAST_INDEX);
  return from > 0 && whole(env, ENV.completionIndex, 0, 0, LAST_INDEX) >= from;
}

/**
 * Where Redis is, from `REDIS_URL`, or from what Kubernetes injects for a Service named `redis`.
 *
 * @throws ConfigurationError no address, or one that is no Redis URL
 */
export function readStoreAddress(env: Environment): StoreAddress {
  const host = env[ENV.redisServiceHost];
  const url = env[ENV.redisUrl] || (host ? redisUrl(host, env[ENV.redisServicePort] || undefined) : undefined);
  if (!url) {
    throw new ConfigurationError(
      `the address of Redis is missing: set ${ENV.redisUrl} (redis://host:6379), or ${ENV.redisServiceHost} and ${ENV.redisServicePort}`,
    );
  }
  parseRedisUrl(url, ENV.redisUrl);
  return { url, ...readStoreAccess(env) };
}

/** What a store asks of its clients, and what they trust, as the environment has it beside the URL. */
export type StoreAccess = Omit<StoreAddress, 'url' | 'serverName'>;

const ACCESS: Readonly<Record<keyof StoreAccess, string>> = {
  username: ENV.redisUsername,
  password: ENV.redisPassword,
  passwordFile: ENV.redisPasswordFile,
  caFile: ENV.redisCaFile,
  certFile: ENV.redisCertFile,
  keyFile: ENV.redisKeyFile,
  sentinelUsername: ENV.redisSentinelUsername,
  sentinelPassword: ENV.redisSentinelPassword,
  sentinelPasswordFile: ENV.redisSentinelPasswordFile,
};

/** What the environment says beside the URL. */
export function readStoreAccess(env: Environment): StoreAccess {
  const given = Object.entries(ACCESS).map(([name, variable]) => [name, env[variable]] as const);
  return Object.fromEntries(given.filter(([, value]) => value));
}

/** The address taken apart, with the credentials that apply: what stands beside the URL goes before what is in it. */
export function endpointOf({ url, username, password, serverName }: StoreAddress, what: string): RedisUrl {
  return {
    ...parseRedisUrl(url, what),
    ...(username && { username }),
    ...(password && { password }),
    ...(serverName && { serverName }),
  };
}

function whole(env: Environment, name: string, fallback: number, min: number, max: number): number {
  const text = env[name];
  if (text === undefined || text === '') return fallback;
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < min || value > max) {
    throw new ConfigurationError(`${name} is ${JSON.stringify(text)}; allowed are whole numbers from ${min} to ${max}`);
  }
  return value;
}

function flag(env: Environment, name: string): boolean {
  const text = env[name];
  if (text === undefined || text === '' || text === 'false') return false;
  if (text === 'true') return true;
  throw new ConfigurationError(`${name} is ${JSON.stringify(text)}; allowed are true and false`);
}
