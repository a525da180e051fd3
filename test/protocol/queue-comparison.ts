import { deepStrictEqual, ok } from 'node:assert';
import { hashOf } from './queue-driver';
import type { Charge, QueueModel, WorkerModel } from './queue-model';
import { heldIds, type QueueState, violations } from './queue-state';

/** Throws where Redis holds anything else than the model says, or counts backwards from what it held before. */
export function compare(state: QueueState, model: QueueModel): void {
  deepStrictEqual(violations(state), []);
  const { meta } = state;
  const { before } = model;
  if (model.epoch !== undefined) deepStrictEqual(meta.epoch, model.epoch);
  else ok(!model.ended.has(meta.epoch ?? ''), 'the epoch of a batch that was replaced is back');
  const number = (field: string) => Number(meta[field] ?? 0);
  deepStrictEqual(state.list, model.listed);
  deepStrictEqual(number('claimed') + state.list.length, model.pushed.length);
  deepStrictEqual(
    { claimed: number('claimed'), done: number('done'), dropped: number('dropped') },
    { claimed: model.claimed, done: model.done.size, dropped: model.dropped.size },
  );
  deepStrictEqual([number('added'), number('skipped'), number('finals')], [model.added, model.skipped, model.finals]);
  deepStrictEqual(
    [meta.finally, meta.final, number('finalafter')],
    [model.finally, model.finalizer?.toString() ?? model.finally, model.finalAfter],
  );
  for (const field of ['claimed', 'done', 'dropped', 'clock', 'token', 'added']) {
    ok(number(field) >= Number(before?.meta[field] ?? 0), `${field} went back`);
  }
  if (model.exists) deepStrictEqual([number('clock'), number('wall')], [model.clock, model.wall]);
  deepStrictEqual(number('slow'), model.slow);
  deepStrictEqual([meta.tokens, number('refilled')], [model.bucket?.tokens, model.bucket?.refilled ?? 0]);
  if (meta.silence !== undefined) deepStrictEqual(number('silence'), model.silence);
  const deadlines = (of: readonly WorkerModel[]) =>
    new Map(of.map((w): [string, number] => [w.driver.name, w.deadline]));
  deepStrictEqual(scores(state.leases), deadlines(model.alive.filter((worker) => !model.idle(worker))));
  deepStrictEqual(scores(state.idle), deadlines(model.alive.filter((worker) => model.idle(worker))));
  for (const worker of model.alive) {
    const { name } = worker.driver;
    const payload = (id: number) => model.pushed[id - 1] as string;
    deepStrictEqual(heldIds(state, name), worker.held);
    deepStrictEqual(state.held[name] ?? [], worker.held.map(payload));
    deepStrictEqual(ids(state.running[name] ?? {}), new Map([...worker.running].map((id) => [id, payload(id)])));
    const { exchange, alone, leaving = '0' } = state.workers[name] as Record<string, string>;
    deepStrictEqual(
      [Number(exchange), alone, leaving],
      [worker.exchange, worker.alone ? '1' : '0', worker.leaving ? '1' : '0'],
    );
  }
  deepStrictEqual(ids(state.retries), new Map([...model.retries].map(([id, score]) => [id, String(score)])));
  deepStrictEqual(ids(state.suspects), new Map([...model.suspects].map(([id, score]) => [id, String(score)])));
  const waiting = [...model.retries.keys(), ...model.suspects.keys()];
  deepStrictEqual(ids(state.waiting), new Map(waiting.map((id) => [id, model.pushed[id - 1] as string])));
  deepStrictEqual(ids(state.attempts), new Map([...model.attempts].map(([id, charge]) => [id, countsOf(charge)])));
  deepStrictEqual(
    ids(state.history, (failures) => failures.map(textOf).map(inJson)),
    new Map(
      [...model.attempts].flatMap(([id, { history }]) => (history.length > 0 ? [[id, history.map(inJson)]] : [])),
    ),
  );
  deepStrictEqual(
    ids(state.dead, letterIn),
    new Map([...model.dead].map(([id, header]) => [id, { ...JSON.parse(header), payload: model.pushed[id - 1] }])),
  );
  deepStrictEqual(
    ids(state.results, payloadOf),
    new Map([...model.results].map((id) => [id, model.pushed[id - 1] as string])),
  );
  deepStrictEqual(ids(state.checkpoints, textOf), model.checkpoints);
  const inHand = model.alive.flatMap(({ driver, progress }) =>
    [...progress].map(([id, text]): [number, string] => [id, `${driver.name} ${text}`]),
  );
  deepStrictEqual(ids(state.progress), new Map(inHand));
  deepStrictEqual(new Set(state.runs), model.runs);
  deepStrictEqual(new Set(state.seen), new Set([...model.seen].map((key) => hashOf(key).toString('latin1'))));
  deepStrictEqual(scores(state.fills), model.fills);
  deepStrictEqual(
    state.former,
    Object.fromEntries([...model.former, ...model.ended].map(([key, value]) => [key, String(value)])),
  );
  deepStrictEqual([meta.batch, meta.sealed !== undefined], [model.batch, model.sealed]);
  deepStrictEqual(meta.cancelled, model.cancelled === undefined ? undefined : String(model.cancelled));
  if (meta.total !== undefined) deepStrictEqual(number('total'), model.total);
  model.saw(state);
}

function countsOf({ attempts, crashes, later }: Charge): string {
  return `${attempts} ${crashes}${later > 0 ? ` ${later}` : ''}`;
}

function letterIn(value: string): object {
  return { ...JSON.parse(textOf(value.slice(0, value.indexOf('\n')))), payload: payloadOf(value) };
}

/** The text whose bytes the state has, one a character. */
function textOf(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString();
}

/** In whatever order its members stand. */
function inJson(text: string): object {
  return JSON.parse(text) as object;
}

function payloadOf(value: string): string {
  return value.slice(value.indexOf('\n') + 1);
}

function ids(record: Record<string, string>): Map<number, string>;
function ids<T, Value>(record: Record<string, Value>, of: (value: Value) => T): Map<number, T>;
function ids<Value>(
  record: Record<string, Value>,
  of: (value: Value) => unknown = (value) => value,
): Map<number, unknown> {
  return new Map(Object.entries(record).map(([id, value]) => [Number(id), of(value)]));
}

function scores(record: Record<string, string>): Map<string, number> {
  return new Map(Object.entries(record).map(([name, value]) => [name, Number(value)]));
}
