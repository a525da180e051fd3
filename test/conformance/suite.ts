import type { Scenario, Seen } from './scenario';
import { SCENARIOS } from './scenarios';

/** Plays every scenario and checks what came of it. */
export function conformanceSuite(play: (scenario: Scenario) => Promise<Seen>): void {
  test('scenarios have names and queues of their own', () => {
    expect(new Set(SCENARIOS.map(({ name }) => name)).size).toBe(SCENARIOS.length);
    expect(new Set(SCENARIOS.map(({ queue }) => queue.name)).size).toBe(SCENARIOS.length);
  });

  test.each(SCENARIOS.map((scenario) => [scenario.name, scenario] as const))('%s', async (_, scenario) => {
    const seen = await play(scenario);
    const byId = (a: { readonly id: number }, b: { readonly id: number }) => a.id - b.id;
    scenario.check({ ...seen, dead: [...seen.dead].sort(byId), results: [...seen.results].sort(byId) });
  });
}
