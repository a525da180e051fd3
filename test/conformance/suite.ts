import { endWorkers } from '../worker-process';
import { type Client, lackedBy } from './clients';
import type { Scenario, Seen } from './scenario';
import { SCENARIOS } from './scenarios';

/** How many scenarios of one client run at once: processes wait far more than they compute. */
const AT_ONCE = 4;

/** Plays every scenario that a client has what it needs for, and checks what came of it; docs/clients.md lists the others. */
export function conformanceSuite(client: Client, play: (scenario: Scenario) => Promise<Seen>): void {
  test('scenarios have names and queues of their own', () => {
    expect(new Set(SCENARIOS.map(({ name }) => name)).size).toBe(SCENARIOS.length);
    expect(new Set(SCENARIOS.map(({ queue }) => queue.name)).size).toBe(SCENARIOS.length);
  });

  const played = SCENARIOS.filter((scenario) => lackedBy(client, scenario).length === 0);
  const plays = new Map<Scenario, Promise<Seen>>();
  const start = (scenario: Scenario) => {
    const begun = plays.get(scenario);
    if (begun) return begun;
    const seen = play(scenario);
    plays.set(scenario, seen);
    // The test of the scenario tells of it.
    seen.catch(() => {});
    return seen;
  };
  afterAll(async () => {
    // One that hangs would not end by itself.
    await endWorkers();
    await Promise.allSettled(plays.values());
  });

  test.each(played.map((scenario, index) => [scenario.name, index] as const))('%s', async (_, index) => {
    const [scenario, ...next] = played.slice(index, index + AT_ONCE) as [Scenario, ...Scenario[]];
    const playing = start(scenario);
    next.forEach(start);
    const seen = await playing;
    const byId = (a: { readonly id: number }, b: { readonly id: number }) => a.id - b.id;
    scenario.check({ ...seen, dead: [...seen.dead].sort(byId), results: [...seen.results].sort(byId) });
  });
}
