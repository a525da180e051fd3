import { startWorker } from '../worker-process';
import { playAsJob } from './job';
import type { Event, Scenario, Seen } from './scenario';

/** Stands before what redis-worker.ts tells; it cannot be imported from there, because that starts a worker. */
const MARK = '\u0001';

/** Plays a scenario with a Redis server and worker processes. */
export function playWithRedis(scenario: Scenario, url: string, program: string): Promise<Seen> {
  return playAsJob(scenario, url, async ({ run, env, tell }) => {
    const worker = startWorker({ url, program, env: { SCENARIO: scenario.name, RUN: run, ...env } });
    const { code } = await worker.ended;
    for (const line of worker.lines) if (line.startsWith(MARK)) tell(JSON.parse(line.slice(1)) as Event);
    return { code, lines: worker.lines };
  });
}
