import type { Redis } from 'ioredis';

/** All that Redis holds of a queue; payloads as latin1 text, so that every byte counts. */
export interface QueueState {
  readonly list: string[];
  readonly meta: Record<string, string>;
  readonly leases: Record<string, string>;
  readonly idle: Record<string, string>;
  readonly retries: Record<string, string>;
  readonly suspects: Record<string, string>;
  readonly waiting: Record<string, string>;
  /** Attempts, crashes, and how often it was put off. */
  readonly attempts: Record<string, string>;
  /** How attempts failed, behind these, in JSON. */
  readonly history: Record<string, string[]>;
  readonly dead: Record<string, string>;
  readonly results: Record<string, string>;
  readonly runs: string[];
  /** Hashes, in order. */
  readonly seen: string[];
  readonly fills: Record<string, string>;
  readonly former: Record<string, string>;
  readonly checkpoints: Record<string, string>;
  readonly durations: Record<string, string>;
  /** Each with the incarnation that told it in front. */
  readonly progress: Record<string, string>;
  readonly workers: Record<string, Record<string, string>>;
  readonly held: Record<string, string[]>;
  readonly running: Record<string, Record<string, string>>;
}

const READ = `
local list, found = KEYS[1], {}
for _, key in ipairs(redis.call('KEYS', '*')) do
  local prefix = '{' .. list .. '}:'
  if key == list or string.sub(key, 1, #prefix) == prefix then
    local kind = redis.call('TYPE', key).ok
    local name = key == list and 'list' or string.sub(key, #prefix + 1)
    local value
    if kind == 'list' then value = redis.call('LRANGE', key, 0, -1)
    elseif kind == 'hash' then value = redis.call('HGETALL', key)
    elseif kind == 'zset' then value = redis.call('ZRANGE', key, 0, -1, 'WITHSCORES')
    elseif kind == 'set' then value = redis.call('SMEMBERS', key) table.sort(value) end
    if value then found[#found + 1] = {name, value} end
  end
end
return found
`;

/** Reads the whole queue at one moment. */
export async function readState(redis: Redis, queue: string): Promise<QueueState> {
  const found = (await redis.callBuffer('EVAL', READ, 1, queue)) as [Buffer, Buffer[]][];
  const values = new Map(found.map(([name, value]) => [String(name), value.map((part) => part.toString('latin1'))]));
  const record = (name: string) => recordOf(values.get(name) ?? []);
  const each = <T>(prefix: string, of: (value: string[]) => T): Record<string, T> =>
    Object.fromEntries(
      [...values]
        .filter(([name]) => name.startsWith(prefix))
        .map(([name, value]): [string, T] => [name.slice(prefix.length), of(value)])
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    );
  const charges = Object.entries(record('attempts')).map(([id, value]) => [id, value.split('\n')] as const);
  return {
    list: values.get('list') ?? [],
    meta: record('meta'),
    leases: record('leases'),
    idle: record('idle'),
    retries: record('retries'),
    suspects: record('suspects'),
    waiting: record('waiting'),
    attempts: Object.fromEntries(charges.map(([id, [counts]]) => [id, counts as string])),
    history: Object.fromEntries(charges.flatMap(([id, [, ...history]]) => (history.length > 0 ? [[id, history]] : []))),
    dead: record('dead'),
    results: record('results'),
    runs: values.get('runs') ?? [],
    seen: values.get('seen') ?? [],
    fills: record('fills'),
    former: record('former'),
    checkpoints: record('checkpoints'),
    durations: record('durations'),
    progress: record('progress'),
    workers: each('worker:', recordOf),
    held: each('held:', (value) => value),
    running: each('running:', recordOf),
  };
}

function recordOf(flat: string[]): Record<string, string> {
  const fields: [string, string][] = [];
  for (let i = 0; i < flat.length; i += 2) fields.push([flat[i] as string, flat[i + 1] as string]);
  return Object.fromEntries(fields.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The ids that a worker's record names, in the order of its held list. */
export function heldIds(state: QueueState, worker: string): number[] {
  const ids: number[] = [];
  for (const [, first, count] of (state.workers[worker]?.segments ?? '').matchAll(/(\d+):(\d+)/g)) {
    for (let id = Number(first); id < Number(first) + Number(count); id++) ids.push(id);
  }
  return ids;
}

/** Every payload that stands anywhere, finished ones excepted. */
export function payloadsAnywhere(state: QueueState): Set<string> {
  const payloads = new Set([...state.list, ...Object.values(state.waiting)]);
  for (const letter of Object.values(state.dead)) payloads.add(letter.slice(letter.indexOf('\n') + 1));
  for (const held of Object.values(state.held)) for (const payload of held) payloads.add(payload);
  for (const running of Object.values(state.running))
    for (const payload of Object.values(running)) payloads.add(payload);
  return payloads;
}

/**
 * What must hold after every step, whatever came before: each id in exactly one place, and the counters agree with what
 * is there.
 *
 * @returns what is wrong
 */
export function violations(state: QueueState): string[] {
  const wrong: string[] = [];
  const places = new Map<number, string>();
  const put = (id: number, place: string) => {
    if (places.has(id)) wrong.push(`item ${id} is in ${places.get(id)} and in ${place}`);
    places.set(id, place);
  };
  for (const name of Object.keys({ ...state.held, ...state.running })) {
    if (state.leases[name] === undefined) wrong.push(`${name} holds something and is not among those who do`);
  }
  for (const name of Object.keys(state.leases)) {
    if (state.idle[name] !== undefined) wrong.push(`${name} has two leases`);
    if (!state.held[name] && !state.running[name]) wrong.push(`${name} is among those who hold something`);
  }
  for (const name of Object.keys({ ...state.workers, ...state.leases, ...state.idle })) {
    if (!state.workers[name]) wrong.push(`${name} has no record`);
    if ((state.leases[name] ?? state.idle[name]) === undefined) wrong.push(`${name} has no lease`);
  }
  for (const name of Object.keys(state.workers)) {
    const ids = heldIds(state, name);
    const held = state.held[name] ?? [];
    const moved = Object.keys(state.running[name] ?? {}).length;
    if (Number(state.workers[name]?.moved) !== moved) wrong.push(`${name} has moved ${moved} items aside`);
    if (ids.length !== held.length) wrong.push(`${name} holds ${held.length} items and names ${ids.length}`);
    for (const id of ids) put(id, `held:${name}`);
    for (const id of Object.keys(state.running[name] ?? {})) put(Number(id), `running:${name}`);
  }
  for (const id of Object.keys(state.retries)) put(Number(id), 'retries');
  for (const id of Object.keys(state.suspects)) put(Number(id), 'suspects');
  for (const id of Object.keys(state.dead)) put(Number(id), 'dead');
  const queued = [...Object.keys(state.retries), ...Object.keys(state.suspects)].sort().join();
  if (queued !== Object.keys(state.waiting).sort().join())
    wrong.push('waiting payloads are not those of the queued ids');
  for (const id of Object.keys(state.checkpoints)) {
    const place = places.get(Number(id)) ?? 'nowhere';
    if (['dead', 'nowhere'].includes(place)) wrong.push(`item ${id} has a checkpoint and is ${place}`);
  }
  for (const [id, line] of Object.entries(state.progress)) {
    const [place, worker] = [places.get(Number(id)) ?? 'nowhere', line.split(' ')[0]];
    if (![`held:${worker}`, `running:${worker}`].includes(place))
      wrong.push(`${line} of item ${id}, which is ${place}`);
  }
  const count = (field: string) => Number(state.meta[field] ?? 0);
  for (const id of places.keys()) if (id < 1 || id > count('claimed')) wrong.push(`item ${id} was never claimed`);
  const accounted = count('done') + count('dropped') + places.size;
  if (accounted !== count('claimed')) wrong.push(`${count('claimed')} claimed, ${accounted} accounted for`);
  return wrong;
}
