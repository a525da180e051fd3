import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectByTls } from 'node:tls';
import type { StoreAddress } from '../../worker/settings';
import { freePort } from '../free-port';
import { killWithParent, unref } from '../kill-with-parent';
import { ensureRedisServer } from './install-redis-server';
import type { MovableClock } from './movable-clock';

export interface RedisServerOptions {
  /** More arguments for the server, e.g. `['--maxmemory', '8mb']`. @default - none */
  readonly args?: readonly string[];
  /** Folder for its data; it stays. @default - a temporary one, removed when the server is stopped */
  readonly dir?: string;
  /** @default - a free one */
  readonly port?: number;
  /** Password of the default user. @default - none */
  readonly password?: string;
  /** Keep an append-only file, synced on every write, so that a killed server comes back with its data. @default false */
  readonly appendOnly?: boolean;
  /** The time of day that it goes by. @default - the machine's */
  readonly clock?: MovableClock;
  /** It speaks TLS alone, with clients and with other servers; it asks for no client certificates. @default - no TLS */
  readonly tls?: ServerCertificate;
  /** It is a Sentinel, with these lines in the configuration that it keeps up to date itself. @default - it holds data */
  readonly sentinel?: readonly string[];
}

/** PEM files of a server with TLS. */
export interface ServerCertificate {
  /** It has to be for `127.0.0.1`. */
  readonly certificate: string;
  readonly key: string;
  /** Whom it trusts, where it connects to another server, and clients have to trust. */
  readonly authorities: string;
}

/** Ends that a bind clash may be tried again, on another port or a little later. */
const PORT_ATTEMPTS = 20;
const READY_WITHIN_MS = 60_000;
const LOG_KEPT = 64 * 1024;

/**
 * Starts a private Redis server on 127.0.0.1 and resolves when it answers.
 *
 * It keeps no event loop alive, and it goes when its parent goes, however that ends.
 */
export async function startRedisServer(options: RedisServerOptions = {}): Promise<RedisServer> {
  const binary = ensureRedisServer();
  const dir = options.dir ?? mkdtempSync(join(tmpdir(), 'redis-server-'));
  try {
    for (let attempt = 1; ; attempt++) {
      const server = new RedisServer(binary, dir, options.port ?? (await freePort()), options);
      try {
        await server.start();
        return server;
      } catch (error) {
        const another = error instanceof PortTaken && options.port === undefined && attempt < PORT_ATTEMPTS;
        if (!another) throw error;
      }
    }
  } catch (error) {
    if (options.dir === undefined) rmSync(dir, { recursive: true, force: true });
    throw error;
  }
}

/** A private Redis server; `startRedisServer` makes one. */
export class RedisServer {
  readonly url: string;
  private child: ChildProcess | undefined;
  private watchdog: ChildProcess | undefined;
  private output = '';

  /** @internal */
  constructor(
    private readonly binary: string,
    readonly dir: string,
    readonly port: number,
    private readonly options: RedisServerOptions,
  ) {
    const auth = options.password === undefined ? '' : `:${encodeURIComponent(options.password)}@`;
    this.url = `${options.tls ? 'rediss' : 'redis'}://${auth}127.0.0.1:${port}`;
  }

  /** Where clients connect to. */
  get address(): StoreAddress {
    const { tls } = this.options;
    return { url: this.url, ...(tls && { caFile: tls.authorities }) };
  }

  /** The running server. */
  get process(): ChildProcess {
    if (!this.child) throw new Error(`The Redis server on port ${this.port} is not running.`);
    return this.child;
  }

  /** The last of what the server wrote to its log. */
  get log(): string {
    return this.output;
  }

  /** Starts it again after `kill`, with the same port and folder. Resolves when it answers. */
  async start(): Promise<void> {
    if (this.child) return;
    this.output = '';
    const child = spawn(this.binary, this.args(), {
      cwd: this.dir,
      env: { ...process.env, ...this.options.clock?.env },
      // A session of its own: Ctrl-C in a terminal is for the parent, which stops its server when it is done with it.
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.child = child;
    child.once('exit', () => {
      if (this.child === child) this.child = undefined;
      this.watchdog?.kill('SIGKILL');
      this.watchdog = undefined;
    });
    try {
      await this.untilReady(child);
    } catch (error) {
      await this.kill('SIGKILL');
      throw error;
    }
    unref(child);
  }

  /** Ends the server process and keeps its folder, so that `start` goes on with what is on the disk. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.child;
    this.child = undefined;
    if (child?.pid === undefined) return;
    child.ref();
    const gone = once(child, 'exit');
    // Redis asks for the time while it takes SIGTERM, and libfaketime allocates memory then: in a signal, a deadlock.
    const asked = signal === 'SIGTERM' && this.options.clock !== undefined;
    if (!asked) child.kill(signal);
    // A paused process takes no signal but SIGKILL until it is resumed.
    child.kill('SIGCONT');
    if (asked) this.askToShutDown();
    await gone;
  }

  /** The same end in good order as by SIGTERM, by command. */
  private askToShutDown(): void {
    const { password } = this.options;
    const socket = this.dial().on('error', () => {});
    if (password !== undefined) socket.write(`AUTH ${JSON.stringify(password)}\r\n`);
    socket.write('SHUTDOWN\r\n');
    socket.resume();
  }

  private dial(): Socket {
    const { port } = this;
    const to = { port, host: '127.0.0.1' };
    return this.options.tls ? connectByTls({ ...to, rejectUnauthorized: false }) : connect(to);
  }

  /** Ends the server and starts it again: `SIGKILL` is a crash, `SIGTERM` a shutdown in good order. */
  async restart(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    await this.kill(signal);
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.start();
      } catch (error) {
        if (!(error instanceof PortTaken) || attempt === PORT_ATTEMPTS) throw error;
        await sleep(100);
      }
    }
  }

  /** The process stands still and its connections stay open, as on a frozen node. */
  pause(): void {
    this.process.kill('SIGSTOP');
  }

  resume(): void {
    this.process.kill('SIGCONT');
  }

  /** Ends the server for good and removes its folder, unless that was given. */
  async stop(): Promise<void> {
    const temporary = this.options.dir === undefined;
    await this.kill(temporary ? 'SIGKILL' : 'SIGTERM');
    if (temporary) rmSync(this.dir, { recursive: true, force: true });
  }

  /** Whether the process runs. */
  get isRunning(): boolean {
    return this.child !== undefined;
  }

  private args(): string[] {
    const { appendOnly, args = [], sentinel } = this.options;
    if (sentinel) return [this.sentinelFile(sentinel), '--sentinel', ...args];
    return [
      '-',
      ...['--bind', '127.0.0.1', '--dir', this.dir, '--daemonize', 'no', '--save', ''],
      ...this.listening().flatMap(([option, value]) => [`--${option}`, value]),
      ...(appendOnly ? ['--appendonly', 'yes', '--appendfsync', 'always'] : ['--appendonly', 'no']),
      ...args,
    ];
  }

  private listening(): [option: string, value: string][] {
    const port = String(this.port);
    const { tls } = this.options;
    if (!tls) return [['port', port]];
    return [
      ['port', '0'],
      ['tls-port', port],
      ['tls-cert-file', tls.certificate],
      ['tls-key-file', tls.key],
      ['tls-ca-cert-file', tls.authorities],
      ['tls-auth-clients', 'no'],
      ['tls-replication', 'yes'],
      ['tls-cluster', 'yes'],
    ];
  }

  /** A Sentinel starts from the file that it wrote last. */
  private sentinelFile(lines: readonly string[]): string {
    const file = join(this.dir, 'sentinel.conf');
    const listening = this.listening().map(([option, value]) => `${option} ${JSON.stringify(value)}`);
    const basics = [...listening, 'bind 127.0.0.1', `dir ${JSON.stringify(this.dir)}`, ...this.passwordLines()];
    if (!existsSync(file)) writeFileSync(file, [...basics, ...lines, ''].join('\n'), { mode: 0o600 });
    return file;
  }

  /** A replica shows its primary the same password. */
  private passwordLines(): string[] {
    const { password, sentinel } = this.options;
    if (password === undefined) return [];
    const lines = [`requirepass ${JSON.stringify(password)}`];
    return sentinel ? lines : [...lines, `masterauth ${JSON.stringify(password)}`];
  }

  /**
   * Two things must hold: this very process says that it is ready (a PING alone may be answered by another server that
   * was quicker to take the port), and it answers.
   */
  private async untilReady(child: ChildProcess): Promise<void> {
    const saysReady = new Promise<void>((resolve, reject) => {
      const read = (chunk: string) => {
        this.output = (this.output + chunk).slice(-LOG_KEPT);
        if (/Ready to accept connections|Sentinel ID is/.test(this.output)) resolve();
      };
      child.stdout?.setEncoding('utf8').on('data', read);
      child.stderr?.setEncoding('utf8').on('data', read);
      child.once('error', (error) => reject(new Error(`${this.binary} cannot be run: ${error.message}`)));
      // `close` and not `exit`: by then its last words have been read.
      child.once('close', (code, signal) => {
        const why = /address already in use/i.test(this.output) ? PortTaken : Error;
        reject(new why(`${this.binary} ended (${signal ?? code}) before it was ready:\n${this.output}`));
      });
    });
    // The password comes by standard input: an argument would show it to everybody on this machine.
    child.stdin?.on('error', () => {}).end(this.passwordLines().join('\n'));
    if (child.pid !== undefined) {
      this.watchdog = killWithParent(child.pid, this.options.dir === undefined ? this.dir : undefined);
    }

    const timeout = new AbortController();
    const tooLate = sleep(READY_WITHIN_MS, undefined, { signal: timeout.signal }).then(() => {
      throw new Error(`${this.binary} was not ready within ${READY_WITHIN_MS / 1000} s:\n${this.output}`);
    });
    tooLate.catch(() => {});
    try {
      await Promise.race([saysReady.then(() => answers(this.dial(), timeout.signal)), tooLate]);
    } finally {
      timeout.abort();
    }
  }
}

class PortTaken extends Error {}

/** Resolves when the server at the other end answers a PING; that it asks for a password is an answer, too. */
async function answers(socket: Socket, signal: AbortSignal): Promise<void> {
  try {
    socket.write('PING\r\n');
    const [reply] = await once(socket, 'data', { signal });
    if (!/^(\+PONG|-NOAUTH|-NOPERM)/.test(String(reply))) throw new Error(`PING was answered with ${String(reply)}`);
  } finally {
    socket.destroy();
  }
}
