import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { CommandError, UsageError } from '../failures';
import { cannotStart, targetArgs } from '../kubectl';

/** What `--kube` names. */
export interface KubeService {
  readonly namespace?: string;
  readonly service: string;
  readonly port: number;
}

const READY_WITHIN_MS = 30_000;
const GONE_WITHIN_MS = 2_000;

/** @throws UsageError not of the form `[namespace/]service[:port]` */
export function parseKubeService(text: string): KubeService {
  const match = /^(?:([a-z0-9-]+)\/)?([a-z0-9-]+)(?::(\d{1,5}))?$/.exec(text);
  const port = Number(match?.[3] ?? 6379);
  if (!match || port < 1 || port > 65_535) {
    throw new UsageError(
      `--kube is ${JSON.stringify(text)}; allowed is [namespace/]service[:port], such as redis, or jobs/redis:6379`,
    );
  }
  const [, namespace, service] = match;
  return { ...(namespace && { namespace }), service: service as string, port };
}

/** A port of this machine that leads to a Service in a cluster, for as long as kubectl runs. */
export class PortForward {
  private ending = false;

  private constructor(
    private readonly child: ChildProcess,
    /** The port on 127.0.0.1. */
    readonly port: number,
    /** Rejects where kubectl ends before {@link PortForward.close}. */
    readonly broken: Promise<never>,
  ) {}

  /**
   * Resolves when the port is open.
   *
   * @param port the one of this machine; kubectl picks a free one where it is left out
   * @throws CommandError there is no kubectl, or it gives up; the message has its own words
   */
  static async open(
    service: KubeService,
    context: string | undefined,
    stop: AbortSignal,
    port?: number,
  ): Promise<PortForward> {
    const { namespace } = service;
    const target = targetArgs({ ...(context && { context }), ...(namespace && { namespace }) });
    const args = [
      'port-forward',
      '--address',
      '127.0.0.1',
      ...target,
      `service/${service.service}`,
      `${port ?? ''}:${service.port}`,
    ];
    // A group of its own, so that what a wrapper script starts ends as well.
    const child = spawn('kubectl', args, { detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    const kill = () => signal(child, 'SIGKILL');
    process.once('exit', kill);
    child.once('close', () => process.removeListener('exit', kill));

    let said = '';
    child.stderr?.setEncoding('utf8').on('data', (chunk) => {
      said = (said + chunk).slice(-2_000);
    });
    const failed = new Promise<never>((_, reject) => {
      child.once('error', (error: NodeJS.ErrnoException) =>
        reject(cannotStart(error, '--kube', ', or make Redis reachable yourself and give its address with --url')),
      );
      child.once('close', (code, by) => {
        reject(new CommandError(`kubectl ${args.join(' ')} ended (${by ?? `exit ${code}`}): ${lastLine(said)}`));
      });
    });
    failed.catch(() => undefined);

    const ready = new Promise<number>((resolve) => {
      let text = '';
      child.stdout?.setEncoding('utf8').on('data', (chunk) => {
        text = (text + chunk).slice(-2_000);
        const port = /Forwarding from 127\.0\.0\.1:(\d+) ->/.exec(text)?.[1];
        if (port) resolve(Number(port));
      });
    });
    const waiting = new AbortController();
    const signals = AbortSignal.any([stop, waiting.signal]);
    const tooLate = sleep(READY_WITHIN_MS, undefined, { signal: signals }).then(() => {
      throw new CommandError(
        `kubectl ${args.join(' ')} opened no port within ${READY_WITHIN_MS / 1000} s: ${lastLine(said)}`,
      );
    });
    tooLate.catch(() => undefined);
    try {
      return new PortForward(child, await Promise.race([ready, failed, tooLate]), failed);
    } catch (error) {
      kill();
      throw stop.aborted ? stop.reason : error;
    } finally {
      waiting.abort();
    }
  }

  async close(): Promise<void> {
    const { child } = this;
    if (this.ending || child.exitCode !== null || child.signalCode !== null) return;
    this.ending = true;
    const gone = once(child, 'close');
    signal(child, 'SIGTERM');
    const killing = setTimeout(() => signal(child, 'SIGKILL'), GONE_WITHIN_MS);
    await gone;
    clearTimeout(killing);
  }
}

/** Before it gives up, kubectl says the same several times. */
function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) || 'it printed nothing';
}

function signal(child: ChildProcess, name: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, name);
  } catch {
    // It is gone.
  }
}
