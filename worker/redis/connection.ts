import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Redis } from 'ioredis';
import { ENV } from '../contract';
import { ConfigurationError, StoreUnreachableError, textOf, WorkQueueError } from '../errors';
import { consoleLog, type Log } from '../log';
import { keysOf, type Script } from '../scripts';
import { endpointOf, type Node, type RedisUrl, type StoreAddress, strayCharacters, withoutPassword } from '../settings';
import { type TlsIdentity, tlsIdentity } from './certificates';
import { type ClientOptions, cut, newClient } from './client';
import { expectedNames } from './expected-names';
import { movedTo } from './moved';
import { PasswordFile } from './password-file';
import { expectPrimary, SentinelRefusal, Sentinels } from './sentinels';
import { silentProblem, tlsProblem } from './tls-problem';
import { Transfer } from './transfer';

/** Options of a {@link Connection}. Times in ms. */
export interface ConnectionOptions {
  /** Name shown by `CLIENT LIST`. */
  readonly name?: string;
  /**
   * How long one call may go without a byte that is sent or received; twice as long where it sends much, since the last
   * of that is under way for a while. @default 5000
   */
  readonly deadline?: number;
  /** How long {@link Connection.insist} keeps trying. @default 300000 */
  readonly patience?: number;
  readonly log?: Log;
}

/** What a failed call means. */
type Failure = 'unavailable' | 'denied' | 'no database' | 'wrong type' | 'too long' | 'refused';

const REFUSALS: readonly [RegExp, Failure][] = [
  [/^(NOAUTH|WRONGPASS|NOPERM)\b|invalid username-password|without any password configured/, 'denied'],
  [/user executing the script can't|ACL failure in script|unauthenticated (multi)?bulk length/, 'denied'],
  [/^WRONGTYPE\b/, 'wrong type'],
  [/Protocol error: invalid bulk length/, 'too long'],
  [
    /^(SEALED|BATCH|CANCELLED|GAP|INCOMPLETE|UNFILLED|VERSION)\b|^ERR unknown command|appendonly is disabled/,
    'refused',
  ],
];

/** What SELECT says of a number that names no database; whatever else it says is over some time. */
const NO_DATABASE = /^ERR .*(DB index|out of range|not allowed|unknown command)/;

/**
 * What a primary never says, or one that its replicas or its cluster have lost. Whoever became a replica keeps its
 * connections, and a new one leads to the new primary.
 */
const SUPERSEDED = /\b(READONLY|MASTERDOWN|CLUSTERDOWN|NOREPLICAS|UNBLOCKED)\b/;

/** What a connection hears whose password is not valid any more; the next one gives the one that is. */
const UNAUTHENTICATED = /^(NOAUTH|WRONGPASS)\b/;

/** So many nodes of a cluster send one call on to another; while a slot is handed over, two may name each other. */
const REDIRECTIONS = 3;

/** How often in a deadline it is looked whether anything moves. */
const LOOKS = 4;
/** A call that sends more than this, in bytes, sends much: the system takes the end of it long before it arrives. */
const MUCH = 65_536;
/** A script is sent along with arguments that are so many times as long. */
const WORTH_IT = 8;

/** Nothing moved for the whole deadline of a call. */
class NoAnswer extends Error {
  constructor(
    /** How long nothing did, in ms. */
    readonly silence: number,
  ) {
    super(`no answer within ${Math.round(silence)} ms`);
  }
}

type Argument = string | number | Uint8Array;

/**
 * One connection to Redis, in which every call has a deadline.
 *
 * A call that gets no answer in time costs the connection, and the next one opens another: nothing is ever left hanging,
 * and nothing that may have been carried out is resent behind the caller's back.
 *
 * A node of a Redis Cluster that does not serve the slot names the one that does, and the connection goes there. Where that
 * one is lost, it begins again at the address that was given, with the next one where that names several. Sentinels are
 * asked for the primary whenever it connects.
 */
export class Connection {
  private client: Redis | undefined;
  private opening: Promise<Redis> | undefined;
  /** The client, once everything that it says at the start has been accepted. */
  private usable: Redis | undefined;
  /** A script has run here: what is refused from now on was allowed before. */
  private trusted = false;
  private closed = false;
  /** How many wait for an answer. */
  private calls = 0;
  private readonly endpoint: RedisUrl;
  /** Where it connects to: a node that the address names, or the one of its cluster that was named last. */
  private node: Node;
  /** The only node that it connects to, if there is one. */
  private pinned: Node | undefined;
  /** Which of the nodes that the address names was asked last. */
  private seed = 0;
  /** Who name the primary, where the address is theirs. */
  private readonly sentinels: Sentinels | undefined;
  private readonly identity: TlsIdentity | undefined;
  private readonly passwordFile: PasswordFile | undefined;
  /** Deadlines for which nothing may move when much was sent: the slower the line, the more. */
  private allowance = 2;
  /** ms. */
  readonly deadline: number;
  private readonly patience: number;
  private readonly log: Log;

  /** @throws ConfigurationError the address is not a Redis URL, or one of its files cannot be used */
  constructor(
    readonly address: StoreAddress,
    private readonly options: ConnectionOptions = {},
  ) {
    this.endpoint = endpointOf(address, 'the address of Redis');
    this.node = this.endpoint.seeds[0];
    if (this.endpoint.tls) this.identity = tlsIdentity(address);
    if (address.passwordFile) this.passwordFile = new PasswordFile(address.passwordFile, ENV.redisPasswordFile);
    this.deadline = options.deadline ?? 5_000;
    this.patience = options.patience ?? 300_000;
    this.log = options.log ?? consoleLog;
    const { primaryName } = this.endpoint;
    if (primaryName) this.sentinels = new Sentinels(this.endpoint.seeds, primaryName, address, this.deadline);
  }

  /** Whether its address names several servers that hold data, as only that of a cluster does. */
  get expectsCluster(): boolean {
    return this.endpoint.seeds.length > 1 && !this.sentinels;
  }

  /** The server that it is connected to, or connects to next. */
  get at(): Node {
    return this.node;
  }

  /** Another connection, to this node of the cluster alone, for commands that name no key. */
  only(node: Node): Connection {
    const other = new Connection(this.address, this.options);
    other.pinned = other.node = node;
    return other;
  }

  /** Connects ahead of the first call. Whatever keeps it from that, the call will say. */
  prepare(): void {
    this.open().catch(() => undefined);
  }

  /**
   * Runs a script once; with `bytes`, strings in the answer stay bytes.
   *
   * That it does not have a script, Redis says when it has read all arguments. Where these are much, the script goes
   * with them, so that they are not sent in vain.
   */
  async run(
    { sha1, lua, keys: names }: Script,
    queue: string,
    args: readonly Argument[],
    bytes = false,
  ): Promise<unknown> {
    const send = bytes ? this.bytes : this.command;
    const keys = keysOf(names, queue, String(args[0] ?? ''));
    const whole = () => send.call(this, 'EVAL', lua, keys.length, ...keys, ...args);
    let answer: unknown;
    if (sizeOf(args) > WORTH_IT * lua.length) answer = await whole();
    else {
      try {
        answer = await send.call(this, 'EVALSHA', sha1, keys.length, ...keys, ...args);
      } catch (error) {
        if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
        answer = await whole();
      }
    }
    this.trusted = true;
    return answer;
  }

  /** Sends one command once. */
  command(name: string, ...args: Argument[]): Promise<unknown> {
    return this.once((client) => client.call(name, ...(args as (string | number | Buffer)[])), sizeOf(args));
  }

  /** Sends one command once; strings in the answer stay bytes. */
  bytes(name: string, ...args: Argument[]): Promise<unknown> {
    return this.once((client) => client.callBuffer(name, ...(args as (string | number | Buffer)[])), sizeOf(args));
  }

  /**
   * Sends one command that blocks for so many ms at most: with what is left of them when it is sent, as a node of a cluster
   * sends a blocked client on when the slot moves.
   */
  block(ms: number, command: (left: number) => readonly [name: string, ...Argument[]]): Promise<unknown> {
    const end = performance.now() + ms;
    const send = (client: Redis) => {
      const [name, ...args] = command(Math.max(1, Math.ceil(end - performance.now())));
      return client.call(name, ...(args as (string | number | Buffer)[]));
    };
    return this.once(send, 0, ms + this.deadline);
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
        if (error instanceof SentinelRefusal && !this.trusted) throw this.sentinelRefusal(error);
        const failure = error instanceof SentinelRefusal ? 'unavailable' : failureOf(error);
        if (failure === 'refused' || this.closed || error instanceof WorkQueueError) throw error;
        if (failure === 'wrong type') {
          throw new ConfigurationError(
            `a key of this queue is used for something else: ${wordsOf(error)}; use another queue name`,
          );
        }
        if (failure === 'too long') {
          throw new ConfigurationError(
            `Redis at ${withoutPassword(this.address.url)} refuses an argument of this size: set its proto-max-bulk-len to 512mb, which is the default`,
          );
        }
        if ((failure === 'denied' || failure === 'no database') && !this.trusted) throw this.refusal(error, failure);
        if (failure === 'unavailable' && !this.trusted) {
          const problem =
            tlsProblem(error, this.identity?.showsCertificate) ??
            (tries < 2 ? await silentProblem(error, this.endpoint, this.identity, this.deadline) : undefined);
          if (problem) {
            throw new ConfigurationError(`Redis at ${withoutPassword(this.address.url)} cannot be used: ${problem}`);
          }
        }
        // Where calls share a connection, one of them gets the cause, and the others only that it was closed.
        if (why === undefined || !/Connection is closed/.test(textOf(error))) why = error;
        const now = performance.now();
        silentSince ??= error instanceof NoAnswer ? now - error.silence : now;
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

  /** Cuts the connection, as long as nothing waits for an answer; the next call opens another. */
  disconnect(): void {
    if (this.calls === 0) this.drop(this.node);
  }

  /** Cuts the connection; what is still waiting for an answer fails. Resolves when Redis has closed it as well. */
  close(): Promise<void> {
    this.closed = true;
    const { client } = this;
    const cut = new Promise<void>((resolve) => {
      if (client && client.status !== 'end') client.once('end', resolve);
      else resolve();
    });
    this.drop();
    return cut;
  }

  /** The next call connects to this node; without one, to where the address leads. */
  private drop(node?: Node): void {
    const { client } = this;
    this.node = node ?? this.nextSeed();
    this.sentinels?.stop();
    // Of what it named nothing came.
    if (!this.usable) this.sentinels?.doubt();
    this.client = undefined;
    this.usable = undefined;
    this.opening = undefined;
    if (client) cut(client);
  }

  private nextSeed(): Node {
    if (this.pinned) return this.pinned;
    const { seeds } = this.endpoint;
    this.seed = (this.seed + 1) % seeds.length;
    return seeds[this.seed] as Node;
  }

  /** For the next connection. */
  private get password(): string | undefined {
    return this.passwordFile?.password ?? this.endpoint.password;
  }

  private open(): Promise<Redis> {
    if (this.opening) return this.opening;
    const opening = this.openClient().then(
      (client) => {
        if (this.client === client) this.usable = client;
        return client;
      },
      (error) => {
        if (this.opening === opening) this.drop();
        throw error;
      },
    );
    this.opening = opening;
    return opening;
  }

  private async openClient(): Promise<Redis> {
    const { sentinels } = this;
    if (!sentinels) return this.connect(this.node);
    const node = await sentinels.primary(this.tls);
    const client = await this.connect(node);
    await expectPrimary(client, node);
    return client;
  }

  private connect(node: Node): Promise<Redis> {
    if (this.closed) return Promise.reject(new Error('the connection was closed'));
    // Of a connection that was given up while it looked for the primary.
    if (this.client) cut(this.client);
    const { database, username } = this.endpoint;
    const { password } = this;
    const { client, ready } = newClient(node, {
      ...this.tls(node),
      database,
      deadline: this.deadline,
      ...(this.options.name && { name: this.options.name }),
      ...(username && { username }),
      ...(password && { password }),
    });
    this.client = client;
    client.on('end', () => {
      if (this.client === client) this.drop();
    });
    return ready;
  }

  /** How a connection to a node is encrypted. */
  private readonly tls = (node: Node): Pick<ClientOptions, 'tls'> => {
    if (!this.endpoint.tls) return {};
    const secureContext = this.identity?.secureContext;
    return { tls: { ...expectedNames(node, this.endpoint), ...(secureContext && { secureContext }) } };
  };

  private once<T>(send: (client: Redis) => Promise<T>, size: number, deadline = this.deadline): Promise<T> {
    if (this.closed) return Promise.reject(new Error('the connection was closed'));
    this.calls++;
    return new Promise<T>((resolve, reject) => {
      const much = size > MUCH;
      const begun = performance.now();
      let transfer: Transfer | undefined;
      let asked: Redis | undefined;
      let still = 0;
      let over = false;
      let redirections = 0;
      const timer = setInterval(() => {
        // The sentinels have a deadline of their own before that of the server which they name.
        const deadlines = asked ? (much ? this.allowance : 1) : this.sentinels ? 2 : 1;
        if (isMoving() || ++still < LOOKS * deadlines) return;
        // What came while this thread was busy is read before an immediate runs.
        setImmediate(() => {
          if (!over && !isMoving()) giveUp();
        });
      }, deadline / LOOKS);
      const isMoving = () => {
        if (!transfer?.moved()) return false;
        still = 0;
        return true;
      };
      const giveUp = () => {
        if (much && asked)
          this.allowance = Math.max(2, Math.min(2 * this.allowance, this.patience / this.deadline / 4));
        settle(() => reject(new NoAnswer((still * deadline) / LOOKS)));
        // What has not left this machine must not arrive after the call that is made instead.
        if (asked?.stream) reset(asked.stream);
        if (!asked || this.client === asked) this.drop();
      };
      const settle = (finish: () => void) => {
        if (!over) this.calls--;
        over = true;
        clearInterval(timer);
        finish();
      };
      const answered = (answer: T) => {
        if (much && performance.now() - begun < this.deadline) this.allowance = 2;
        settle(() => resolve(answer));
      };
      const failed = (error: unknown) => {
        const isCurrent = asked !== undefined && this.client === asked;
        if (isCurrent && (SUPERSEDED.test(String(error)) || UNAUTHENTICATED.test(String(Object(error).message))))
          this.drop();
        const node = asked && movedTo(error, this.node);
        if (node && isCurrent) this.drop(node);
        // It was not carried out.
        if (node && !over && !this.closed && ++redirections <= REDIRECTIONS) ask();
        else settle(() => reject(error));
      };
      const asking = (client: Redis) => {
        if (over) return;
        asked = client;
        still = 0;
        send(client).then(answered, failed);
        transfer = new Transfer(client.stream);
      };
      const ask = () => {
        asked = transfer = undefined;
        still = 0;
        const { usable } = this;
        if (usable?.status === 'ready') asking(usable);
        else this.open().then(asking, failed);
      };
      ask();
    });
  }

  private sentinelRefusal({ message }: SentinelRefusal): ConfigurationError {
    return new ConfigurationError(`the sentinels at ${withoutPassword(this.address.url)} ${message}`);
  }

  private refusal(error: unknown, failure: 'denied' | 'no database'): ConfigurationError {
    const check =
      failure === 'denied'
        ? `${ENV.redisUsername} and ${this.passwordFile ? ENV.redisPasswordFile : ENV.redisPassword}, and the ACL line in docs/redis.md`
        : 'the database number at the end of the address';
    const hint = failure === 'denied' ? strayCharacters({ ...this.endpoint, password: this.password ?? '' }) : '';
    return new ConfigurationError(
      `Redis at ${withoutPassword(this.address.url)} refuses: ${wordsOf(error)}. Check ${check}${hint}`,
    );
  }
}

/** Loads the client; at the start of a process it would take most of the time, which has better things to begin with. */
export function loadClient(): void {
  require('ioredis');
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
  if (error instanceof NoAnswer) return error.message;
  if (error instanceof SentinelRefusal) return `the sentinels ${error.message}`;
  return textOf(error)
    .replace(/ script: .*/s, '')
    .replace(/\.$/, '');
}

/** Ends a connection at once. Node resets no TLS one. */
function reset(socket: Socket | TLSSocket): void {
  if ('encrypted' in socket) socket.destroy();
  else socket.resetAndDestroy();
}

/** How much the arguments are on the wire, in bytes of the plainest text. */
function sizeOf(args: readonly Argument[]): number {
  let size = 0;
  for (const argument of args) if (typeof argument !== 'number') size += argument.length;
  return size;
}
