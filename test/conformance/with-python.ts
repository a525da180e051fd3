import { startWorker } from '../worker-process';
import { playRemotely } from './remote/play';
import type { Scenario, Seen } from './scenario';

/** Plays a scenario with workers in Python. */
export function playWithPython(scenario: Scenario, url: string, command: readonly string[]): Promise<Seen> {
  const { queue, results, backoff } = scenario;
  return playRemotely(scenario, url, ({ env, socket, handler }) => {
    const worker = startWorker({
      url,
      command,
      env: {
        ...env,
        WORK_QUEUE_NAME: queue.name,
        REMOTE_HANDLER: socket,
        SCENARIO_OPTIONS: JSON.stringify({ results, backoff }),
      },
    });
    return {
      ended: worker.ended.then(({ code }) => ({ code, lines: worker.lines })),
      crash: () => handler.crash(),
      async terminate() {
        worker.kill('SIGTERM');
        await worker.line('SIGTERM: no new items');
      },
    };
  });
}
