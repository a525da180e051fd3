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
  deepStrictEqual(ids(state.attempts), new Map([...model.attempts].map(([id, charge]) => [id, textOf(charge)])));
  deepStrictEqual(
    ids(state.dead, payloadOf),
    new Map([...model.dead.keys()].map((id) => [id, model.pushed[id - 1] as string])),
  );
  deepStrictEqual(
    ids(state.results, payloadOf),
    new Map([...model.results].map((id) => [id, model.pushed[id - 1] as string])),
  );
  deepStrictEqual(
    ids(state.checkpoints, (bytes) => Buffer.from(bytes, 'latin1').toString()),
    model.checkpoints,
  );
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

function textOf({ attempts, crashes, later }: Charge): string {
  return `${attempts} ${crashes}${later > 0 ? ` ${later}` : ''}`;
}

function payloadOf(value: string): string {
  return value.slice(value.indexOf('\n') + 1);
}

function ids(record: Record<string, string>, of = (value: string) => value): Map<number, string> {
  return new Map(Object.entries(record).map(([id, value]) => [Number(id), of(value)]));
}

function scores(record: Record<string, string>): Map<string, number> {
  return new Map(Object.entries(record).map(([name, value]) => [name, Number(value)]));
}
