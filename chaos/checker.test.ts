import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WorkerProcess } from './job';
import { START, WrittenRun } from './written-run';

let dir: string;
let run: WrittenRun;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'chaos-checker-'));
  run = new WrittenRun(3, dir);
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

test('a run in which all went well', () => {
  run.handle(run.worker(), 0, 1, 2);
  expect(run.judge()).toMatchObject({
    ok: true,
    line: 'lost 0, unexpected 0, booked twice 0, reruns 0 (0 explained)',
    complaints: [],
  });
});

test('an item that nobody handled to its end is lost, whatever Redis counts', () => {
  const worker = run.worker();
  run.handle(worker, 0, 1);
  run.start(worker, 2, 1_000);
  expect(run.judge()).toMatchObject({ ok: false, line: expect.stringContaining('lost 1,') });
});

test('what is still in the queue of a run that did not end is not lost, but not well either', () => {
  run.handle(run.worker({ signal: 'SIGKILL' }), 0, 1);
  run.store = { ...run.store, claimed: 2, done: 2, left: 1 };
  const verdict = run.judge({ ended: false, drainedAt: undefined });
  expect(verdict).toMatchObject({ ok: false, line: expect.stringMatching(/^lost 0, .*not drained$/) });
});

test('a Job that is not Complete though every item is done is told', () => {
  run.handle(run.worker(), 0, 1, 2);
  expect(run.judge({ ended: false, drainedAt: undefined })).toMatchObject({
    ok: false,
    line: expect.stringMatching(/^lost 0, .*not drained$/),
    complaints: ['every item is done, and the Job is not Complete'],
  });
});

test('a worker that left before the end is no sign of it, and one that was deleted at the end may say so', () => {
  run.handle(run.worker({ code: 0, at: 500 }), 0, 1);
  run.handle(run.worker(), 2);
  const late = run.worker({ code: 143, at: 60_500 });
  expect(run.judge()).toMatchObject({ ok: false, line: expect.stringContaining('wrong exits 1') });
  late.deleted = true;
  expect(run.judge()).toMatchObject({ ok: true });
});

test('a payload that nobody pushed is unexpected, and so is an item under two ids or an id for two items', () => {
  const worker = run.worker();
  run.handle(worker, 0, 1, 2);
  run.start(worker, 0, 2_000, { payload: 'something else' });
  run.start(worker, 77, 2_000);
  run.start(worker, 1, 2_000, { id: 3 });
  expect(run.judge()).toMatchObject({ ok: false, line: expect.stringContaining('unexpected 3,') });
});

test('more done than was handled to its end is booked twice, also where a lost item makes the sum right', () => {
  run.handle(run.worker(), 0, 1);
  expect(run.judge()).toMatchObject({
    ok: false,
    line: expect.stringContaining('lost 1, unexpected 0, booked twice 1,'),
  });
});

test('counters that do not add up are told', () => {
  run.handle(run.worker(), 0, 1, 2);
  run.store = { ...run.store, done: 2 };
  expect(run.judge()).toMatchObject({ ok: false, complaints: [expect.stringContaining('2 done')] });
});

test('after a power cut that came as all was done, what Redis counts says nothing, and the logs all', () => {
  run.handle(run.worker(), 0, 1, 2);
  run.store = { ...run.store, done: 2, left: 1 };
  run.powerCut(30_000, 31_000, 32_000);
  expect(run.judge()).toMatchObject({ ok: false, complaints: [expect.stringContaining('2 done')] });
  run.powerCut(59_500, 60_100, 60_300);
  expect(run.judge()).toMatchObject({ ok: true });
});

test('what Redis counts otherwise is told, with whether another server tells it than as the run ended', () => {
  run.handle(run.worker(), 0, 1, 2);
  run.store = { ...run.store, done: 2, left: 1 };
  const counts = 'Redis counts 3 claimed, 2 done, 0 dead, 0 dropped, 1 left';
  expect(run.judge().complaints).toEqual([`${counts}; 3 were pushed or added`]);
  run.store = { ...run.store, isAnother: true };
  expect(run.judge().complaints).toEqual([
    `${counts}, on another server than as the run ended; 3 were pushed or added`,
  ]);
});

test('an item that a power cut took from a fill is lost, whatever Redis counts', () => {
  run.handle(run.worker(), 0, 1);
  run.store = { ...run.store, claimed: 2, done: 2 };
  run.powerCut(59_500, 60_100, 60_300);
  expect(run.judge()).toMatchObject({ ok: false, line: expect.stringContaining('lost 1,') });
});

test('a power cut explains no end with 82', () => {
  run.handle(run.worker(), 0, 1, 2);
  run.worker({ code: 82, at: 32_500 });
  run.powerCut(30_000, 31_000, 32_000);
  expect(run.judge()).toMatchObject({ ok: false, line: expect.stringContaining('wrong exits 1') });
});

test('a worker that ended with 0 before all was done spoke too soon', () => {
  run.handle(run.worker(), 0, 1, 2);
  run.drainedAt = START + 500;
  expect(run.judge()).toMatchObject({ ok: false, line: expect.stringContaining('late 3') });
});

test('a token that comes twice is told', () => {
  const worker = run.worker();
  run.handle(worker, 0, 1);
  run.start(worker, 2, 1_000, { token: 1 }).end(1_001);
  expect(run.judge()).toMatchObject({ ok: false, line: expect.stringContaining('tokens repeated 1') });
});

describe('a rerun', () => {
  let first: WorkerProcess;
  let other: WorkerProcess;
  let rerun: (startedAt: number, endedAt?: number, againAt?: number) => void;

  beforeEach(() => {
    first = run.worker();
    other = run.worker();
    run.handle(other, 1, 2);
    rerun = (startedAt, endedAt, againAt = 20_000) => {
      const start = run.start(first, 0, startedAt);
      if (endedAt !== undefined) start.end(endedAt);
      run.start(other, 0, againAt).end(againAt + 1);
    };
  });
  const explained = () =>
    expect(run.judge()).toMatchObject({ ok: true, line: expect.stringMatching(/reruns 1 \(1 expl/) });
  const unexplained = () =>
    expect(run.judge()).toMatchObject({ ok: false, line: expect.stringMatching(/reruns 1 \(0 expl/) });

  test('without any fault is not explained', () => {
    rerun(10_000);
    unexplained();
  });

  test('is explained by a kill of the worker that had it', () => {
    Object.assign(first, { code: null, signal: 'SIGKILL', endedAt: START + 12_000 });
    run.fault('worker kill -9', 12_000, 12_000, { process: first.name });
    rerun(10_000);
    explained();
  });

  test('is not explained by a kill of another worker', () => {
    Object.assign(other, { code: null, signal: 'SIGKILL', endedAt: START + 30_000 });
    run.fault('worker kill -9', 12_000, 12_000, { process: other.name });
    rerun(10_000);
    unexplained();
  });

  test('is not explained by a kill that came long after it was done', () => {
    Object.assign(first, { code: null, signal: 'SIGKILL', endedAt: START + 18_000 });
    run.fault('worker kill -9', 18_000, 18_000, { process: first.name });
    rerun(10_000, 10_500);
    unexplained();
  });

  test('is not explained by a kill that came after it', () => {
    Object.assign(first, { code: null, signal: 'SIGKILL', endedAt: START + 40_000 });
    run.fault('worker kill -9', 40_000, 40_000, { process: first.name });
    rerun(10_000, undefined, 20_000);
    unexplained();
  });

  test('is explained by a stop past the lease, also where the stale worker starts it late', () => {
    run.fault('worker stopped past its lease', 10_000, 15_000, { process: first.name });
    rerun(15_100, 15_200, 14_000);
    explained();
  });

  test('is not explained by a stop of a moment', () => {
    run.fault('worker stopped for a moment', 10_000, 10_900, { process: first.name });
    rerun(9_900);
    unexplained();
  });

  test('is explained by a partition of the wire of its place', () => {
    run.fault('worker partitioned past its lease', 10_000, 15_000, { place: first.place });
    rerun(9_900);
    explained();
  });

  test('is explained by lost replies only where they are lost for most of a lease', () => {
    run.fault('replies dropped', 10_000, 10_800, { place: first.place });
    rerun(9_900);
    unexplained();
    run.fault('replies dropped', 10_700, 12_000, { place: first.place });
    explained();
  });

  test('is explained by a power cut that took back that the item was done', () => {
    run.powerCut(10_000, 11_000, 11_500);
    rerun(10_100, 10_200, 12_000);
    explained();
  });

  test('is explained by a power cut that took back that the item was handed out', () => {
    run.powerCut(10_000, 11_000, 11_500);
    rerun(10_900, undefined, 12_000);
    explained();
  });

  test('is not explained by a power cut long after it was done', () => {
    run.powerCut(16_000, 16_500, 17_000);
    rerun(10_000, 10_500);
    unexplained();
  });

  test('is not explained by a power cut that came after it', () => {
    run.powerCut(10_000, 21_000, 21_500);
    rerun(10_100, 10_200, 20_000);
    unexplained();
  });

  test('is not explained by a power cut long before the item was handed out', () => {
    run.powerCut(1_000, 2_000, 2_500);
    rerun(10_100, 10_200, 12_000);
    unexplained();
  });

  test('is explained by a process that stood still, as it says itself', () => {
    appendFileSync(first.log, `Z ${START + 10_000} ${START + 14_000}\n`);
    rerun(9_900);
    explained();
  });

  test.each([
    'redis restart',
    'redis kill -9',
    'redis stopped',
    'redis partitioned from all',
    'redis clock stepped',
    'redis failover',
    'redis at maxmemory',
    'connections cut',
    'connections slow',
    'SCRIPT FLUSH',
  ] as const)('is not explained by %s', (kind) => {
    run.fault(kind, 10_000, 15_000, kind.startsWith('redis') ? {} : { place: first.place });
    rerun(9_900);
    unexplained();
  });

  test('after an attempt that failed of itself is a retry', () => {
    run.start(first, 0, 1_000).end(1_001, 'F');
    run.start(other, 0, 2_000).end(2_001);
    expect(run.judge()).toMatchObject({
      ok: true,
      retries: 1,
      line: expect.stringContaining('reruns 0 (0 explained)'),
    });
  });
});

describe('SIGTERM, and a kill half a second later', () => {
  let first: WorkerProcess;
  let other: WorkerProcess;

  beforeEach(() => {
    first = run.worker({ signal: 'SIGKILL', at: 12_500 });
    other = run.worker();
    run.handle(other, 1, 2);
  });

  function rerun(said: boolean | undefined, attempt: number) {
    const met = { process: first.name, ...(said !== undefined && { said }) };
    run.faults.push({ kind: 'worker SIGTERM, then kill -9', from: START + 12_000, to: START + 12_500, ...met });
    run.start(first, 0, 11_500);
    run.start(other, 0, 16_000, { attempt }).end(16_001);
  }
  const hears = (at: number) => appendFileSync(first.log, `T ${START + at}\n`);
  const charged = expect.stringContaining('charged though told to stop 1');

  test('charges nothing once the worker has said that it leaves', () => {
    rerun(true, 1);
    expect(run.judge()).toMatchObject({ ok: true, line: expect.stringContaining('reruns 1 (1 explained)') });
  });

  test('may not charge then', () => {
    rerun(true, 2);
    expect(run.judge()).toMatchObject({ ok: false, line: charged });
  });

  test('may charge where another worker was killed over it meanwhile', () => {
    rerun(true, 2);
    run.fault('worker kill -9', 14_000, 14_000, { process: 'worker-9' });
    expect(run.judge()).toMatchObject({ ok: true });
  });

  test('may charge where its worker began what others had taken while it was stopped', () => {
    rerun(true, 2);
    run.fault('worker stopped past its lease', 6_000, 11_450, { process: first.name });
    expect(run.judge()).toMatchObject({ ok: true });
  });

  test('may charge where a power cut made Redis forget', () => {
    rerun(true, 2);
    run.powerCut(12_100, 12_600, 13_000);
    expect(run.judge()).toMatchObject({ ok: true });
  });

  test('may charge where the worker was blocked and heard nothing', () => {
    rerun(false, 2);
    expect(run.judge()).toMatchObject({ ok: true });
  });

  test('may charge where it had no time to say so', () => {
    rerun(false, 2);
    hears(12_450);
    expect(run.judge()).toMatchObject({ ok: true });
  });

  test('a worker that heard it and did not say so is told', () => {
    rerun(false, 2);
    hears(12_010);
    expect(run.judge()).toMatchObject({ ok: false, line: expect.stringContaining('silent when told to stop 1') });
  });

  test('not where Redis was away', () => {
    rerun(false, 2);
    hears(12_010);
    run.fault('redis stopped', 12_000, 12_400, {});
    expect(run.judge()).toMatchObject({ ok: true });
  });
});

test('endings that no fault explains are told', () => {
  run.handle(run.worker({ code: 1 }), 0, 1, 2);
  run.worker({ code: 143 });
  run.worker({ signal: 'SIGKILL' });
  const told = run.worker({ code: 143 });
  run.fault('worker SIGTERM', 1_000, 1_000, { process: told.name });
  expect(run.judge()).toMatchObject({ ok: false, line: expect.stringContaining('wrong exits 3') });
});

test('a dead letter is done with, where kills explain it', () => {
  const killed = run.worker({ signal: 'SIGKILL', at: 2_000 });
  run.start(killed, 0, 1_500);
  run.fault('worker kill -9', 2_000, 2_000, { process: killed.name });
  run.handle(run.worker(), 1, 2);
  run.store = { ...run.store, done: 2, dead: [{ index: 0, reason: 'crash' }] };
  expect(run.judge()).toMatchObject({ ok: true, line: expect.stringContaining('dead 1 (1 explained)') });
  run.store = { ...run.store, dead: [{ index: 0, reason: 'handler' }] };
  expect(run.judge()).toMatchObject({ ok: false, line: expect.stringContaining('dead 1 (0 explained)') });
});

test('an incarnation that died explains what it held then, and nothing that came before or after', () => {
  const place = run.worker();
  const other = run.worker();
  run.start(place, 0, 1_000);
  run.note(place, 'D', 1_500);
  run.start(other, 0, 4_000).end(4_001);
  run.start(place, 1, 1_600);
  run.start(other, 1, 4_000).end(4_001);
  run.handle(other, 2);
  const { ok, line, explanations } = run.judge();
  expect({ ok, line }).toEqual({ ok: false, line: expect.stringContaining('reruns 2 (1 explained)') });
  expect([...explanations]).toEqual([['incarnations die in a crowd', 1]]);
});

test('an incarnation that was silent for most of a lease explains a rerun, one that was for a moment does not', () => {
  const [place, other] = [run.worker(), run.worker()];
  run.start(place, 0, 1_000).end(5_000, 'A');
  run.note(place, 'N', 1_500, 5_500);
  run.start(other, 0, 5_000).end(5_001);
  run.handle(other, 2);
  run.start(other, 1, 1_000).end(5_000, 'A');
  run.note(other, 'N', 1_500, 2_500);
  run.start(place, 1, 5_000).end(5_001);
  expect(run.judge()).toMatchObject({ ok: false, line: expect.stringContaining('reruns 2 (1 explained)') });
});

test('an incarnation without an answer for most of a lease explains a rerun, unless Redis was away meanwhile', () => {
  const [place, other] = [run.worker(), run.worker()];
  run.start(place, 0, 1_000).end(5_000, 'A');
  run.note(place, 'W', 1_500, 4_500);
  run.start(other, 0, 4_400).end(4_401);
  run.handle(other, 1, 2);
  expect(run.judge()).toMatchObject({ ok: true, line: expect.stringContaining('reruns 1 (1 explained)') });
  run.fault('slot half moved for a while', 1_600, 4_000, {});
  expect(run.judge()).toMatchObject({ ok: false, line: expect.stringContaining('reruns 1 (0 explained)') });
});

test('a slot that moved explains no rerun, and no end with 82', () => {
  run.handle(run.worker(), 0, 1, 2);
  run.worker({ code: 82 });
  run.fault('slot half moved for a while', 500, 20_000, {});
  expect(run.judge()).toMatchObject({ ok: false, line: expect.stringContaining('data lost 1, wrong exits 1') });
  run.start(run.worker(), 0, 21_000).end(21_001);
  expect(run.judge()).toMatchObject({ ok: false, line: expect.stringContaining('reruns 1 (0 explained)') });
});

test('a queue that was made anew is told, also where nobody got an item of it, and so is a key on two nodes', () => {
  run.handle(run.worker(), 0, 1, 2);
  run.store = { ...run.store, epochs: ['1-a', '2-b'], twins: ['{q}:meta'] };
  expect(run.judge()).toMatchObject({ ok: false, line: expect.stringContaining('made anew 1, twins 1') });
});

test('counters that do not add up in the middle of a run are told, also where they do in the end', () => {
  run.handle(run.worker(), 0, 1, 2);
  const imbalances = [
    { at: START + 1_500, nowhere: 2 },
    { at: START + 2_500, nowhere: 0 },
  ];
  run.store = { ...run.store, imbalances };
  expect(run.judge()).toMatchObject({
    ok: false,
    line: expect.stringContaining('counters that do not add up'),
    complaints: [expect.stringContaining('at 1.500 s the queue has 2 items'), expect.anything()],
  });
});

test('the last line of a log that a kill cut off did not happen', () => {
  const worker = run.worker();
  run.handle(worker, 0, 1, 2);
  appendFileSync(worker.log, `E ${START}`);
  expect(run.judge().ok).toBe(true);
});

describe('an item that adds others', () => {
  let worker: WorkerProcess;

  beforeEach(() => {
    worker = run.worker();
    run.parents.set(3, [0]);
    run.parents.set(4, [0, 1]);
    run.store = { ...run.store, claimed: 5, done: 5 };
    run.handle(worker, 0, 1, 2);
  });
  const added = (...indexes: number[]) => {
    for (const index of indexes) run.start(worker, index, 2_000).end(2_001);
  };

  test('all that is added is handled as well, once', () => {
    added(3, 4);
    expect(run.judge()).toMatchObject({ ok: true });
  });

  test('what was to be added and never came is lost, also where the counters add up', () => {
    added(3);
    run.store = { ...run.store, claimed: 4, done: 4 };
    expect(run.judge()).toMatchObject({ ok: false, line: expect.stringContaining('lost 1,') });
  });

  test('what came twice is unexpected', () => {
    added(3, 4);
    run.start(worker, 3, 3_000, { id: 6 }).end(3_001);
    expect(run.judge()).toMatchObject({
      ok: false,
      line: expect.stringContaining('unexpected 1, booked twice 0, reruns 1'),
    });
  });

  test('so is what a failed attempt added, and what was there before its parent came to its end', () => {
    run.start(worker, 3, 500).end(501);
    added(4);
    run.start(worker, 5, 2_000, { payload: 'added by an attempt that failed' });
    expect(run.judge()).toMatchObject({ ok: false, line: expect.stringContaining('unexpected 2,') });
  });

  test('a dead letter adds nothing; what another item adds as well is there', () => {
    added(4);
    run.store = { ...run.store, claimed: 4, done: 3, dead: [{ index: 0, reason: 'crash' }] };
    const { complaints, line } = run.judge();
    expect([complaints.filter((text) => !text.includes('dead letter')), line]).toEqual([
      [],
      expect.stringContaining('lost 0, unexpected 0,'),
    ]);
    run.store = {
      ...run.store,
      dead: [
        { index: 0, reason: 'crash' },
        { index: 1, reason: 'crash' },
      ],
    };
    expect(run.judge().line).toContain('dead 2');
  });

  test('after a power cut that took it back, it may be added again under another id', () => {
    added(3, 4);
    run.powerCut(1_500, 2_500, 2_600);
    run.start(worker, 3, 3_000, { id: 5 }).end(3_001);
    run.start(worker, 4, 3_000, { id: 4 }).end(3_001);
    expect(run.judge()).toMatchObject({ ok: true, line: expect.stringContaining('reruns 2 (2 explained)') });
  });

  test('under another id without one that took it back it may not', () => {
    added(3, 4);
    run.powerCut(2_300, 2_500, 2_600);
    run.start(worker, 3, 3_000, { id: 6 }).end(3_001);
    expect(run.judge().ok).toBe(false);
  });
});

describe('a finalizer', () => {
  let worker: WorkerProcess;

  beforeEach(() => {
    worker = run.worker();
    run.finalizer = true;
    run.store = { ...run.store, claimed: 4, done: 4 };
    run.handle(worker, 0, 1, 2);
  });

  test('runs after the last item, and before the Job is Complete', () => {
    run.final(worker, 2_000).end(2_001);
    expect(run.judge()).toMatchObject({ ok: true, line: expect.stringContaining('reruns 0') });
  });

  test('before the last item came to its end is told', () => {
    run.final(worker, 900).end(2_001);
    expect(run.judge()).toMatchObject({ ok: false, line: expect.stringContaining('final too early 3') });
  });

  test('that never came to its end is told, and so is one that did so too late', () => {
    const final = run.final(worker, 2_000);
    expect(run.judge()).toMatchObject({ ok: false, line: expect.stringContaining('not finalized') });
    final.end(60_500);
    expect(run.judge()).toMatchObject({ ok: false, line: expect.stringContaining('not finalized') });
  });

  test('runs again where its worker was killed, and not for nothing', () => {
    const other = run.worker({ signal: 'SIGKILL', at: 2_500 });
    run.final(other, 2_000);
    run.final(worker, 6_000).end(6_001);
    expect(run.judge()).toMatchObject({ ok: false, line: expect.stringContaining('reruns 1 (0 explained)') });
    run.fault('worker kill -9', 2_500, 2_500, { process: other.name });
    expect(run.judge()).toMatchObject({ ok: true, line: expect.stringContaining('reruns 1 (1 explained)') });
  });
});

describe('a batch', () => {
  test('that settles an item which failed in it loses that', () => {
    const worker = run.worker();
    run.handle(worker, 0, 1);
    run.start(worker, 2, 1_000).end(1_001, 'F');
    expect(run.judge()).toMatchObject({
      ok: false,
      line: expect.stringContaining('lost 1, unexpected 0, booked twice 1'),
    });
  });
});

describe('an item that is put off', () => {
  test('is tried again uncharged', () => {
    const worker = run.worker();
    run.handle(worker, 1, 2);
    run.start(worker, 0, 1_000).end(1_001, 'L');
    run.start(worker, 0, 2_000).end(2_001);
    expect(run.judge()).toMatchObject({ ok: true, retries: 1 });
  });

  test('may be charged only where a crash came in between', () => {
    const worker = run.worker();
    run.handle(worker, 1, 2);
    run.start(worker, 0, 1_000).end(1_001, 'L');
    run.start(worker, 0, 5_000, { attempt: 2 }).end(5_001);
    expect(run.judge()).toMatchObject({ ok: false, line: expect.stringContaining('charged though put off 1') });
    run.fault('worker stopped past its lease', -4_000, 900, { process: worker.name });
    expect(run.judge()).toMatchObject({ ok: true });
    run.faults.pop();
    const killed = run.worker({ signal: 'SIGKILL', at: 1_500 });
    run.fault('worker kill -9', 1_500, 1_500, { process: killed.name });
    expect(run.judge()).toMatchObject({ ok: true });
  });
});

describe('a checkpoint', () => {
  let first: WorkerProcess;
  let other: WorkerProcess;

  beforeEach(() => {
    [first, other] = [run.worker(), run.worker()];
    run.handle(other, 1, 2);
  });
  const wrong = (count: number) =>
    expect(run.judge()).toMatchObject({ ok: false, line: expect.stringContaining(`wrong checkpoints ${count}`) });

  /** An attempt that tells one and fails, and the next one. */
  function failed() {
    const one = run.start(first, 0, 1_000);
    one.tell(1_100);
    one.end(1_200, 'F');
    const next = run.start(other, 0, 3_000, { attempt: 2 });
    next.end(3_001);
    return [one, next] as const;
  }

  test('of the attempt before is what the next one gets', () => {
    const [one, next] = failed();
    wrong(1);
    next.resume(one);
    expect(run.judge()).toMatchObject({ ok: true });
  });

  test('that nobody told, or that another item told, is told', () => {
    const [one, next] = failed();
    next.resume({ ...one, number: 1 });
    wrong(1);
  });

  test('of another item is told', () => {
    const [one, next] = failed();
    next.resume({ ...one, index: 1 });
    wrong(1);
  });

  test('that is there when all is done is told', () => {
    run.handle(first, 0);
    run.store = { ...run.store, checkpoints: 1 };
    expect(run.judge()).toMatchObject({ ok: false, complaints: [expect.stringContaining('1 checkpoints are left')] });
  });

  test('that a worker told after somebody else had its item is told', () => {
    run.fault('worker stopped past its lease', 1_100, 5_500, { process: first.name });
    const one = run.start(first, 0, 1_000);
    const two = run.start(other, 0, 5_000);
    one.tell(5_600);
    one.end(5_700, 'A');
    two.end(5_800, 'F');
    const three = run.start(other, 0, 6_000);
    three.end(6_001);
    expect(run.judge()).toMatchObject({ ok: true });
    three.resume(one);
    wrong(1);
  });
});
