import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { WorkQueue } from 'cdk8s-redis-work-queue/worker';
import { type PodOfScenario, type PodOfScenarioEnd, playAsJob } from '../job';
import { type Event, observed, type Scenario, type Seen, type Stage } from '../scenario';
import { RemoteHandler } from './handler';

/** A pod whose program hands its items to this process. */
export interface RemotePod {
  readonly ended: Promise<PodOfScenarioEnd>;
  /** The program of the client crashes. */
  crash(): void;
  /** Sends SIGTERM to the process that a kubelet sends it to; resolves when it has been heard. */
  terminate(): Promise<void>;
}

/** What such a pod is started with. */
export interface RemotePodOptions extends Pick<PodOfScenario, 'env'> {
  /** The Unix socket that its program connects to, and what serves it. */
  readonly socket: string;
  readonly handler: RemoteHandler;
  /** For files of its own. */
  readonly folder: string;
}

/** Plays a scenario with a client in any language: its handler runs here, and its items come from the program of the client. */
export async function playRemotely(
  scenario: Scenario,
  url: string,
  start: (options: RemotePodOptions) => RemotePod | Promise<RemotePod>,
): Promise<Seen> {
  const parent = mkdtempSync(join(tmpdir(), 'scenario-'));
  try {
    return await playAsJob(scenario, url, async ({ run, env, tell }) => {
      const folder = mkdtempSync(join(parent, 'pod-'));
      const socket = join(folder, 'handler.sock');
      let over = false;
      const tellWhileItRuns = (event: Event) => {
        if (!over) tell(event);
      };
      let pod: RemotePod | undefined;
      const stage: Stage = {
        run,
        since: performance.now(),
        now: () => performance.now(),
        sleep: (ms, value, options) => sleep(ms, value, { ...options, ref: false }),
        crash: () => {
          over = true;
          pod?.crash();
          return new Promise(() => {});
        },
        terminate: async () => pod?.terminate(),
        cancel: async () => {
          const queue = new WorkQueue(scenario.queue, { url });
          await queue.cancel();
          await queue.close();
        },
        note: (what) => tellWhileItRuns({ kind: 'note', what }),
      };
      const handler = observed(scenario, stage, tellWhileItRuns);
      const remote = await RemoteHandler.listen(socket, scenario.queue, handler);
      try {
        pod = await start({ env, socket, handler: remote, folder });
        return await pod.ended;
      } finally {
        over = true;
        remote.close();
      }
    });
  } finally {
    rmSync(parent, { recursive: true, force: true });
  }
}
