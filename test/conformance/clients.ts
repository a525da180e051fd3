import { NEEDS, type Need } from './needs';
import type { Scenario } from './scenario';

/** What plays the scenarios. */
export interface Client {
  /** How the table of docs/clients.md names it. */
  readonly title: string;
  readonly has: readonly Need[];
}

const ALL = Object.keys(NEEDS) as Need[];

export const CLIENTS = {
  redis: { title: 'TypeScript', has: ALL },
  memory: { title: 'testing kit, in memory', has: ALL },
  agent: { title: 'agent, over HTTP', has: [] },
  python: { title: 'Python', has: ['backoff', 'bytes added', 'given keys', 'null results'] },
} as const satisfies Record<string, Client>;

/** What a client lacks for a scenario, if anything. */
export function lackedBy({ has }: Client, { needs = [] }: Pick<Scenario, 'needs'>): Need[] {
  return needs.filter((need) => !has.includes(need));
}
