import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from 'cdk8s-redis-work-queue/worker';
import { messageOf } from '../failures';
import { type KubeService, PortForward } from './port-forward';

/** ms before kubectl is started again, which doubles from the first to the last. */
const FIRST_PAUSE = 500;
const LAST_PAUSE = 15_000;

/** What a {@link LastingForward} is opened by. */
export interface LastingForwardOptions {
  readonly service: KubeService;
  readonly context: string | undefined;
  readonly stop: AbortSignal;
  readonly log: Log;
}

/**
 * A port of this machine that leads to a Service in a cluster, also once kubectl has ended, as it does where its pod goes:
 * it is started again, on the same port.
 */
export class LastingForward {
  /** Never settles. */
  readonly broken = new Promise<never>(() => {});
  private readonly over = new AbortController();
  /** Fires where it is to last no longer. */
  private readonly signal: AbortSignal;
  private readonly kept: Promise<void>;

  private constructor(
    private readonly options: LastingForwardOptions,
    private forward: PortForward,
  ) {
    this.signal = AbortSignal.any([options.stop, this.over.signal]);
    this.kept = this.keep();
  }

  /** @throws CommandError it cannot be opened the first time */
  static async open(options: LastingForwardOptions): Promise<LastingForward> {
    const { service, context, stop } = options;
    return new LastingForward(options, await PortForward.open(service, context, stop));
  }

  /** The port on 127.0.0.1. */
  get port(): number {
    return this.forward.port;
  }

  async close(): Promise<void> {
    this.over.abort();
    await Promise.all([this.kept, this.forward.close()]);
    // The one that was opened meanwhile.
    await this.forward.close();
  }

  private async keep(): Promise<void> {
    const { signal } = this;
    for (;;) {
      const why = await this.forward.broken.catch(messageOf);
      if (signal.aborted) return;
      this.options.log.warn(`${why}. Starting it again`);
      await this.reopen(why).catch(() => undefined);
      if (signal.aborted) return;
    }
  }

  /** @param said why it ended, as was said */
  private async reopen(said: string): Promise<void> {
    const { signal } = this;
    const { service, context, log } = this.options;
    for (let pause = FIRST_PAUSE; ; pause = Math.min(2 * pause, LAST_PAUSE)) {
      await sleep(pause, undefined, { signal });
      try {
        this.forward = await PortForward.open(service, context, signal, this.port);
        return log.info(`kubectl forwards to ${service.service} again`);
      } catch (error) {
        if (signal.aborted) throw error;
        // The same is not said every few seconds.
        const why = messageOf(error);
        if (why !== said) log.warn(`${why}. Trying again`);
        said = why;
      }
    }
  }
}
