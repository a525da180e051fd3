/**
 * What the chart and the worker agree on: names and numbers, nothing else.
 *
 * `lib/` renders these, `worker/` reads them, and neither imports the other.
 */

/** Version of the protocol in Redis (docs/protocol.md). A worker refuses a queue that was written by another one. */
export const PROTOCOL_VERSION = '1';

/** Environment variables of a worker, as the construct renders them and the runtime reads them. */
export const ENV = {
  /**
   * `redis://host:port/db` or `rediss://…`, with several nodes of a Redis Cluster joined by commas; for sentinels
   * `redis+sentinel://host:port,host:port/name-of-the-primary/db` or `rediss+sentinel://…`. Without it `REDIS_SERVICE_HOST`
   * and `REDIS_SERVICE_PORT` are used.
   */
  redisUrl: 'REDIS_URL',
  /** ACL user; never part of the URL in a manifest. */
  redisUsername: 'REDIS_USERNAME',
  /** Password, from a Secret. */
  redisPassword: 'REDIS_PASSWORD',
  /** PEM file of authorities that are trusted for the store alone, beside those of the system. */
  redisCaFile: 'REDIS_CA_FILE',
  /** File that holds the password; it is read again at each connect, and goes before the password itself. */
  redisPasswordFile: 'REDIS_PASSWORD_FILE',
  /** PEM files of the certificate that a client shows, and of its key; they are read again at each connect. */
  redisCertFile: 'REDIS_CERT_FILE',
  redisKeyFile: 'REDIS_KEY_FILE',
  /** ACL user of the sentinels. */
  redisSentinelUsername: 'REDIS_SENTINEL_USERNAME',
  /** Password of the sentinels; they are never shown that of the store. */
  redisSentinelPassword: 'REDIS_SENTINEL_PASSWORD',
  /** File that holds it; it is read again at each connect, and goes before the password itself. */
  redisSentinelPasswordFile: 'REDIS_SENTINEL_PASSWORD_FILE',
  /** What Kubernetes injects for a Service named `redis` where service links are on. */
  redisServiceHost: 'REDIS_SERVICE_HOST',
  redisServicePort: 'REDIS_SERVICE_PORT',
  /** Name of the list, and so of the queue. */
  queue: 'WORK_QUEUE_NAME',
  /** Name that the code gives the queue, where each run has a queue of its own, named after both; unset: that of the list. */
  definedAs: 'WORK_QUEUE_DEFINED_AS',
  /** Name of the run, which is that of its Job, where each run has a queue of its own. */
  job: 'WORK_QUEUE_JOB',
  /** How long the keys of a sealed queue stay once every item is done, in ms; unset: for ever. */
  keep: 'WORK_QUEUE_KEEP_MS',
  /** Items at once in one worker. */
  concurrency: 'WORK_QUEUE_CONCURRENCY',
  /** Lease of a worker process, in ms. */
  lease: 'WORK_QUEUE_LEASE_MS',
  /** Attempts an item gets in all. */
  maxAttempts: 'WORK_QUEUE_MAX_ATTEMPTS',
  /** Time one item may take, in ms; 0 is no limit. */
  itemTimeout: 'WORK_QUEUE_ITEM_TIMEOUT_MS',
  /** `items/ms`: how many items all workers together may start in so many ms; unset: no limit. */
  rate: 'WORK_QUEUE_RATE',
  /** How long a worker waits for the first item, in ms; 0 is forever. */
  startTimeout: 'WORK_QUEUE_START_TIMEOUT_MS',
  /** How long a worker waits for a Redis that does not answer, in ms. */
  storeTimeout: 'WORK_QUEUE_STORE_TIMEOUT_MS',
  /** How long an unsealed queue must stay empty to count as drained, in ms. */
  settle: 'WORK_QUEUE_SETTLE_MS',
  /** The pod's terminationGracePeriodSeconds, in ms. */
  grace: 'WORK_QUEUE_GRACE_MS',
  /** Identity of the batch that the fill Job pushes; a queue that holds another one that is not done is refused. */
  batch: 'WORK_QUEUE_BATCH',
  /** `filled` where an init container has already seen the fill sealed: an empty Redis then means lost data. */
  gate: 'WORK_QUEUE_GATE',
  /** The run, which is the Job's uid: one Job is not taken for another that drained the same list. */
  run: 'WORK_QUEUE_RUN',
  /** Name of this worker in logs and status, the pod's name. */
  worker: 'WORK_QUEUE_WORKER',
  /** Index from which on workers of an Indexed Job may leave when nothing is left to claim; unset: none may. */
  leaveFromIndex: 'WORK_QUEUE_LEAVE_FROM_INDEX',
  /** The pod's index, which Kubernetes injects into the pods of an Indexed Job. */
  completionIndex: 'JOB_COMPLETION_INDEX',
  /** `true`: dead letters do not fail the run. */
  tolerateDeadLetters: 'WORK_QUEUE_TOLERATE_DEAD_LETTERS',
  /** `true`: the first dead letter ends the run. */
  failFast: 'WORK_QUEUE_FAIL_FAST',
  /** `true`: the work never ends. The worker goes on waiting where it would find the queue drained. */
  endless: 'WORK_QUEUE_ENDLESS',
  /** How lines are written: `json` or `text`; unset: text on a terminal, JSON off it. */
  log: 'WORK_QUEUE_LOG',
  /** File that takes the summary. */
  terminationLog: 'WORK_QUEUE_TERMINATION_LOG',
  /** Where a program asks the work agent of its pod for items, as a URL. */
  agent: 'WORK_QUEUE_AGENT',
  /** `host:port` on which the work agent listens. */
  agentListen: 'WORK_QUEUE_AGENT_LISTEN',
  /** Unix socket of the work agent. */
  agentSocket: 'WORK_QUEUE_AGENT_SOCKET',
  /** `shared`: the agent sees the processes of its program in /proc. */
  agentProcesses: 'WORK_QUEUE_AGENT_PROCESSES',
  /** How long the program of an agent may hold nothing and ask for nothing, in ms. */
  agentPatience: 'WORK_QUEUE_AGENT_PATIENCE_MS',
} as const;

/** What a worker uses where the environment says nothing. Times in ms. */
export const DEFAULTS = {
  concurrency: 1,
  lease: 10_000,
  maxAttempts: 3,
  itemTimeout: 0,
  startTimeout: 600_000,
  storeTimeout: 300_000,
  settle: 30_000,
  grace: 30_000,
  /** Where Kubernetes looks for the termination message of a container. */
  terminationLog: '/dev/termination-log',
} as const;

/** What the work agent uses where the environment says nothing. */
export const AGENT_DEFAULTS = {
  listen: '127.0.0.1:7440',
  socket: '/run/work-queue/agent.sock',
  /** In ms. */
  patience: 300_000,
} as const;

/**
 * The metric that tells how many items of a queue wait for a worker, and the label that names the queue: what exports it and
 * what scales by it agree here.
 */
export const ITEMS_WAITING = { metric: 'redis_work_queue_items_waiting', label: 'queue' } as const;

/** The script of the bundle of an `entry`. */
export const BUNDLE_SCRIPT = 'bundle.mjs';

/** How a worker process ends. */
export const EXIT = {
  /** Drained, and every item is done (or dead ones are tolerated); or nothing is left to claim, for one that may leave. */
  drained: 0,
  /** Anything that has no code of its own. */
  unexpected: 1,
  /** Drained, and some items are dead letters; or the first of them ended the run, or the queue was cancelled. */
  deadLetters: 80,
  /** The configuration is wrong: environment, password at start, schema, protocol version. */
  configuration: 81,
  /** The queue's data vanished or does not add up. */
  dataLost: 82,
  /** Nobody filled the queue within the start timeout. */
  neverFilled: 83,
  /** Redis did not answer for the store timeout. */
  storeUnreachable: 84,
  /** A handler did not return after its timeout. */
  handlerHung: 85,
  /** A fill that was interrupted, because Redis came back with less than it had; another try mends it. */
  fillInterrupted: 86,
  /** A second SIGINT, or the first one outside Kubernetes. */
  interrupted: 130,
  /** SIGTERM before the queue was drained. */
  terminated: 143,
} as const;

/**
 * Where a process keeps what owns its exit (own-exit.ts): the loader of a bundle and every copy of the runtime find the
 * same one.
 */
export const EXIT_OWNER: unique symbol = Symbol.for('cdk8s-redis-work-queue.exit');

/**
 * What an array of payloads bears that a queue has made of its items, with the name of that queue: the chart does not
 * encode these again.
 */
export const ENCODED: unique symbol = Symbol.for('cdk8s-redis-work-queue.encoded');

/** What a queue bears that `defineQueue` has made, where it is known: the file that called it. */
export const DEFINED_IN: unique symbol = Symbol.for('cdk8s-redis-work-queue.defined-in');

/** Exit codes that fail the whole Job (podFailurePolicy `FailJob`). */
export const FAIL_JOB_CODES: readonly number[] = [
  EXIT.deadLetters,
  EXIT.configuration,
  EXIT.dataLost,
  EXIT.neverFilled,
];

/** Exit codes that are not held against the Job (podFailurePolicy `Ignore`). */
export const IGNORED_CODES: readonly number[] = [EXIT.terminated];

/** Keys of a queue. The list is the user's; the others hash to the same cluster slot. */
export function queueKeys(queue: string) {
  const key = (suffix: string) => `{${queue}}:${suffix}`;
  return {
    /** list: payloads that were never claimed, raw. */
    list: queue,
    /** hash: protocol version, epoch, clock, counters, seal. */
    meta: key('meta'),
    /** zset: incarnation that holds something → lease deadline on the queue's clock. */
    leases: key('leases'),
    /** zset: incarnation that holds nothing → lease deadline on the queue's clock. */
    idle: key('idle'),
    /** zset: id → when it is due on the queue's clock; below zero: at once, lowest first. */
    retries: key('retries'),
    /** zset: id of what runs alone next, because its worker crashed and this is its last attempt. */
    suspects: key('suspects'),
    /** hash: id → payload of what is in `retries` or `suspects`. */
    waiting: key('waiting'),
    /**
     * hash: id → `attempts crashes`, and `attempts crashes later` where its handler has put it off so often; only for items
     * that failed, were taken back or were put off.
     */
    attempts: key('attempts'),
    /** hash: id → header line, newline, payload. */
    dead: key('dead'),
    /** hash: id → header line, newline, payload; only where results are kept. */
    results: key('results'),
    /** set: runs that have seen an item. */
    runs: key('runs'),
    /** hash: filler → items it has pushed. */
    fills: key('fills'),
    /** list: tokens, each of which makes one idle worker ask again. */
    wake: key('wake'),
    /** hash: batch that a newer one has replaced → its items, all of which are done; and its epoch → the batch. */
    former: key('former'),
    /** set: hashes of the keys that were given with items, so that each is in the queue once. */
    seen: key('seen'),
    /** hash: id → what the last attempt left for the next one, as JSON. */
    checkpoints: key('checkpoints'),
    /** hash: id → how far its handler is, as it says itself. */
    progress: key('progress'),
    /** hash: class of durations → attempts that took so long. */
    durations: key('durations'),
    /**
     * Never there. A cluster refuses a script that names it while the slot moves, whatever else is there already, so that
     * none runs on half a queue.
     */
    absent: key('absent'),
    /** Prefixes of an incarnation's own keys. */
    worker: key('worker:'),
    held: key('held:'),
    running: key('running:'),
  } as const;
}
