import type { Redis } from 'ioredis';
import { ConfigurationError, StoreUnreachableError, textOf, WorkQueueError } from './errors';
import { consoleLog, type Log } from './log';
import type { Script } from './scripts';
import { checkStoreUrl, credentialsOf, type StoreAddress, withoutPassword } from './settings';

/** Options of a {@link Connection}. Times in ms. */
export interface ConnectionOptions {
  /** Name shown by `CLIENT LIST`. */
  readonly name?: string;
  /** How long one call may go without any byte of an answer. @default 5000 */
  readonly deadline?: number;
  /** How long {@link Connection.insist} keeps trying. @default 300000 */
  readonly patience?: number;
  readonly log?: Log;
}

/** What a failed call means. */
type Failure = 'unavailable' | 'denied' | 'no database' | 'wrong type' | 'refused';

const REFUSALS: readonly [RegExp, Failure][] = [
  [/^(NOAUTH|WRONGPASS|NOPERM)\b|invalid username-password|without any password configured/, 'denied'],
  [/user executing the script can't|ACL failure in script|unauthenticated (multi)?bulk length/, 'denied'],
  [/^WRONGTYPE\b/, 'wrong type'],
  [/^(SEALED|BATCH|GAP|INCOMPLETE|VERSION)\b|^ERR unknown command|appendonly is disabled/, 'refused'],
];

/** What SELECT says of a number that names no database; whatever else it says is over some time. */
const NO_DATABASE = /^ERR .*(DB index|out of range|not allowed|unknown command)/;

/** What a primary never says. Whoever became a replica keeps its connections, and a new one leads to the new primary. */
const REPLICA = /\b(READONLY|MASTERDOWN)\b/;

/** A call waited for its whole deadline. */
class NoAnswer extends Error {}

/**
 * One connection to Redis, in which every call has a deadline.
 *
 * A call that gets no answer in time costs the connection, and the next one opens another: nothing is ever left hanging,
 * and nothing is resent behind the caller's back.
 */
export class Connection {
  private client: Redis | undefined;
  private opening: Promise<Redis> | undefined;
  /** The client, once everything that it says at the start has been accepted. */
  private usable: Redis | undefined;
  /** A script has run here: what is refused from now on was allowed before. */
  private trusted = false;
  private closed = false;
  /** ms. */
  readonly deadline: number;
  private readonly patience: number;
  private readonly log: Log;

  /** @throws ConfigurationError the address is no Redis URL */
  constructor(
    readonly address: StoreAddress,
    private readonly options: ConnectionOptions = {},
  ) {
    checkStoreUrl(address.url, 'the address of Redis');
    this.deadline = options.deadline ?? 5_000;
    this.patience = options.patience ?? 300_000;
    this.log = options.log ?? consoleLog;
  }

  /** Connects ahead of the first call. Whatever keeps it from that, the call will say. */
  prepare(): void {
    this.open().catch(() => undefined);
  }

  /** Runs a script once; with `bytes`, strings in the answer stay bytes. */
  async run(
    script: Script,
    queue: string,
    args: readonly (string | number | Uint8Array)[],
    bytes = false,
  ): Promise<unknown> {
    const send = bytes ? this.bytes : this.command;
    let answer: unknown;
    try {
      answer = await send.call(this, 'EVALSHA', script.sha1, 1, queue, ...args);
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
      answer = await send.call(this, 'EVAL', script.lua, 1, queue, ...args);
    }
    this.trusted = true;
    return answer;
  }

  /** Sends one command once. */
  command(name: string, ...args: (string | number | Uint8Array)[]): Promise<unknown> {
    return this.once((client) => client.call(name, ...(args as (string | number | Buffer)[])));
  }

  /** Sends one command once; strings in the answer stay bytes. */
  bytes(name: string, ...args: (string | number | Uint8Array)[]): Promise<unknown> {
    return this.once((client) => client.callBuffer(name, ...(args as (string | number | Buffer)[])));
  }

  /**
   * Tries until there is an answer, with exponential backoff; for calls that may run twice.
   *
   * @throws StoreUnreachableError no answer for `patience`
   * @throws ConfigurationError refused at the very start, or for a reason that time does not mend
   */
  async insist<T>(attempt: () => Promise<T>, patience = this.patience): Promise<T> {
    let silentSince: number | undefined;
    let why: unknown;
    for (let tries = 0; ; tries++) {
      try {
        const answer = await attempt();
        if (silentSince !== undefined && tries > 2) this.log.info('Redis answers again');
        return answer;
      } catch (error) {
        const failure = failureOf(error);
        if (failure === 'refused' || this.closed || error instanceof WorkQueueError) throw error;
        if (failure === 'wrong type') {
          throw new ConfigurationError(
            `a key of this queue is used for something else: ${wordsOf(error)}; use another queue name`,
          );
        }
        if ((failure === 'denied' || failure === 'no database') && !this.trusted) throw this.refusal(error, failure);
        // Of calls that share a connection, all but one hear no more than that it was closed.
        if (why === undefined || !/Connection is closed/.test(textOf(error))) why = error;
        const now = performance.now();
        silentSince ??= error instanceof NoAnswer ? now - this.deadline : now;
        const silent = now - silentSince;
        // One call alone may have met with a process that was only slow to start.
        if (silent >= patience && tries > 0) {
          throw new StoreUnreachableError(
            `Redis at ${withoutPassword(this.address.url)} did not answer for ${Math.round(silent / 1_000)} s: ${wordsOf(why)}`,
          );
        }
        if (tries === 2) {
          this.log.warn(
            `Redis at ${withoutPassword(this.address.url)} does not answer (${wordsOf(why)}), trying again for ${Math.round(patience / 1_000)} s`,
          );
        }
        const delay = Math.min(1_000, 25 * 2 ** Math.min(tries, 10)) * (0.5 + Math.random() / 2);
        await new Promise((resolve) => setTimeout(resolve, Math.min(delay, Math.max(patience - silent, 1))));
      }
    }
  }

  /** Cuts the connection; what is still waiting for an answer fails. */
  close(): void {
    this.closed = true;
    this.drop();
  }

  private drop(): void {
    const { client } = this;
    this.client = undefined;
    this.usable = undefined;
    this.opening = undefined;
    // One that has ended would wait two seconds for the end of what is no more, and keep the process meanwhile.
    if (client?.status !== 'end') client?.disconnect();
  }

  private open(): Promise<Redis> {
    if (this.opening) return this.opening;
    // Here, because it takes most of the start of a process, which has better things to begin with.
    const { Redis } = require('ioredis') as typeof import('ioredis');
    const { url, username = 'default', password } = credentialsOf(this.address);
    const client = new Redis(url, {
      // The replies of call() have one shape in RESP2 and another one in RESP3.
      protocol: 2,
      lazyConnect: true,
      enableReadyCheck: false,
      enableOfflineQueue: true,
      retryStrategy: () => null,
      maxRetriesPerRequest: null,
      connectTimeout: this.deadline,
      keepAlive: 10_000,
      noDelay: true,
      ...(this.options.name && { connectionName: this.options.name }),
      // With a user beside it, a password that Redis does not ask for is none that the client writes a warning about.
      ...(password && { username, password }),
    });
    this.client = client;
    let cause: Error | undefined;
    client.on('error', (error) => {
      cause = error;
    });
    client.on('end', () => {
      if (this.client === client) this.drop();
    });
    this.opening = client.connect().then(
      () => {
        // Where SELECT fails, a client would work on in database 0.
        if (cause) {
          if (this.client === client) this.drop();
          throw cause;
        }
        this.usable = client;
        return client;
      },
      (error) => {
        if (this.client === client) this.drop();
        throw cause ?? error;
      },
    );
    return this.opening;
  }

  private once<T>(send: (client: Redis) => Promise<T>): Promise<T> {
    if (this.closed) return Promise.reject(new Error('the connection was closed'));
    return new Promise<T>((resolve, reject) => {
      let seen = -1;
      let asked: Redis | undefined;
      let due = performance.now() + this.deadline;
      const timer = setInterval(() => {
        const now = performance.now();
        // A long answer may take longer than the deadline, as long as it is under way, and one that came while this
        // thread was busy is not read yet.
        const read = asked?.stream?.bytesRead ?? -1;
        const busy = now - due > this.deadline / 4;
        due = now + this.deadline;
        if ((asked && read > seen) || busy) {
          seen = read;
          return;
        }
        clearInterval(timer);
        reject(new NoAnswer(`no answer within ${Math.round(this.deadline)} ms`));
        // What has not left this machine must not arrive after the call that is made instead.
        asked?.stream?.resetAndDestroy?.();
        if (!asked || this.client === asked) this.drop();
      }, this.deadline);
      const settle = (finish: () => void) => {
        clearInterval(timer);
        finish();
      };
      const failed = (error: unknown) => {
        if (asked && this.client === asked && REPLICA.test(String(error))) this.drop();
        settle(() => reject(error));
      };
      const asking = (client: Redis) => {
        asked = client;
        seen = client.stream?.bytesRead ?? -1;
        send(client).then((answer) => settle(() => resolve(answer)), failed);
      };
      const { usable } = this;
      if (usable?.status === 'ready') asking(usable);
      else this.open().then(asking, failed);
    });
  }

  private refusal(error: unknown, failure: 'denied' | 'no database'): ConfigurationError {
    const check =
      failure === 'denied'
        ? 'REDIS_USERNAME and REDIS_PASSWORD, and the ACL line in docs/redis.md'
        : 'the database number at the end of the address';
    return new ConfigurationError(
      `Redis at ${withoutPassword(this.address.url)} refuses: ${wordsOf(error)}. Check ${check}`,
    );
  }
}

/** What an error of a call means; whatever is not known better is taken for a Redis that is away. */
export function failureOf(error: unknown): Failure {
  const message = error instanceof Error ? error.message : String(error);
  const { command } = Object(error) as { command?: { name?: string } };
  if (command?.name === 'select' && NO_DATABASE.test(message)) return 'no database';
  return REFUSALS.find(([pattern]) => pattern.test(message))?.[1] ?? 'unavailable';
}

/** What Redis said, without the line of a script and without its full stop. */
function wordsOf(error: unknown): string {
  return textOf(error)
    .replace(/ script: .*/s, '')
    .replace(/\.$/, '');
}
