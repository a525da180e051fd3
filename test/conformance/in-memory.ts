import { InMemoryQueue, type InMemoryWorkerOptions, SimulatedCrash } from 'cdk8s-redis-work-queue/testing';
import { EXIT } from 'cdk8s-redis-work-queue/worker';
import { type Event, hex, observed, type Scenario, type Seen, type Stage, sorted } from './scenario';

/** Plays a scenario with the testing kit. */
export async function playInMemory(scenario: Scenario): Promise<Seen> {
  const {
    queue: definition,
    items,
    payloads,
    check: _,
    finally: final,
    when = 'success',
    endless,
    ...options
  } = scenario;
  const queue = new InMemoryQueue(definition, { ...(items && { items }), ...(payloads && { payloads }) });
  const events: Event[] = [];
  const exitCodes: number[] = [];
  for (let run = 1; ; run++) {
    const stage: Stage = {
      run,
      now: () => queue.clock.now,
      sleep: queue.clock.sleep,
      crash: async () => {
        throw new SimulatedCrash();
      },
      terminate: async () => worker.terminate(),
      cancel: async () => void queue.cancel(),
      note: (what) => events.push({ kind: 'note', what }),
    };
    const worker = queue.start(
      observed(scenario, stage, (event) => events.push(event)) as never,
      {
        ...options,
        ...(endless && run === 1 && { endless }),
        ...(final && { finally: { run: final(stage), when } }),
      } as InMemoryWorkerOptions,
    );
    const report = await worker.runToEnd();
    exitCodes.push(...report.exitCodes);
    if (report.exitCode === EXIT.terminated) continue;
    return {
      ...sorted(events),
      done: queue.done,
      left: queue.left,
      dropped: queue.dropped,
      dead: report.dead.map((letter) => ({ ...letter, payload: hex(letter.payload) })),
      results: report.results.map(({ id, result }) => ({ id, result })),
      exitCodes,
    };
  }
}
