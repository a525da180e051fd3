import { join } from 'node:path';
import { App, Chart, Testing } from 'cdk8s';
import { ENV } from '../../worker/contract';
import { CompletionMode, IdleWorkers, RedisWorkQueueJob, type RedisWorkQueueJobProps } from '..';
import { fleetFields, fleetOf } from './fleet';

const WORKER = join(__dirname, '../../examples/walkthrough/worker.ts');
const ENTRY = { queueName: 'job2', entry: WORKER };
const IMAGE = { queueName: 'q', image: 'worker' };
const INDEXED = { completionMode: CompletionMode.INDEXED };

let warned: jest.SpyInstance;
beforeEach(() => {
  warned = jest.spyOn(console, 'warn').mockReturnValue();
});
afterEach(() => warned.mockRestore());

function jobOf(props: RedisWorkQueueJobProps) {
  const { job } = new RedisWorkQueueJob(new Chart(new App(), 'test'), 'fruit', props);
  const { spec } = job.toJson();
  const { env } = spec.template.spec.containers[0];
  const leave = env.find(({ name }: { name: string }) => name === ENV.leaveFromIndex);
  return { spec, leaveFrom: leave?.value, gateEnv: spec.template.spec.initContainers?.[0].env };
}

test('an entry has indexes: each with a clock of its own, and Complete when one that stays has ended with 0', () => {
  const { spec, leaveFrom } = jobOf({ ...ENTRY, parallelism: 25 });
  expect(spec).toMatchObject({
    parallelism: 25,
    completionMode: 'Indexed',
    completions: 25,
    backoffLimit: 30,
    backoffLimitPerIndex: 2_147_483_647,
    successPolicy: { rules: [{ succeededIndexes: '0-2', succeededCount: 1 }] },
  });
  expect(leaveFrom).toBe('3');
});

test.each<[string, RedisWorkQueueJobProps, boolean, string | undefined]>([
  ['an entry', ENTRY, true, '1'],
  ['an entry whose idle workers wait', { ...ENTRY, idleWorkers: IdleWorkers.WAIT }, true, undefined],
  ['an entry without indexes', { ...ENTRY, completionMode: CompletionMode.NON_INDEXED }, false, undefined],
  ['an image', IMAGE, false, undefined],
  ['an image that says it is one of ours', { ...IMAGE, ...INDEXED }, true, '1'],
  ['an image whose idle workers wait', { ...IMAGE, ...INDEXED, idleWorkers: IdleWorkers.WAIT }, true, undefined],
  ['an image without indexes', { ...IMAGE, completionMode: CompletionMode.NON_INDEXED }, false, undefined],
])('%s', (_, props, indexed, leaveFrom) => {
  const job = jobOf(props);
  const fields = ['completionMode', 'completions', 'backoffLimitPerIndex', 'successPolicy'];
  expect(fields.filter((field) => field in job.spec)).toEqual(indexed ? fields : []);
  expect(job.spec.parallelism).toBe(1);
  expect(job.leaveFrom).toBe(leaveFrom);
});

test('where handlers add items, as many workers run as were asked for, and idle ones wait', () => {
  const { spec, leaveFrom } = jobOf({ ...ENTRY, items: ['seed'], parallelism: 8, followUps: true });
  expect([spec.parallelism, spec.completions, leaveFrom]).toEqual([8, 8, undefined]);
  expect(warned).not.toHaveBeenCalled();
  expect(jobOf({ ...ENTRY, followUps: true, idleWorkers: IdleWorkers.LEAVE }).leaveFrom).toBe('1');
});

test('the gate is told nothing of indexes', () => {
  const { gateEnv } = jobOf({ ...ENTRY, items: ['a'] });
  expect(gateEnv.map(({ name }: { name: string }) => name)).not.toContain(ENV.leaveFromIndex);
});

test('Kubernetes takes every number of workers: a tenth of them stay, at least one, the lowest', () => {
  for (let parallelism = 1; parallelism <= 100_000; parallelism++) {
    const fleet = fleetOf({ ...ENTRY, parallelism });
    const spec = fleetFields(fleet) as { completions: number; successPolicy: { rules: [SuccessRule] } };
    const { succeededIndexes, succeededCount } = spec.successPolicy.rules[0];
    const [first, last = first] = succeededIndexes.split('-').map(Number) as [number, number?];
    // Kubernetes wants at most 100,000 indexes, where each has a backoffLimit of its own, and of an interval that it is one.
    const isTaken =
      spec.completions === parallelism &&
      (succeededIndexes === String(first) || first < last) &&
      last < spec.completions &&
      succeededCount === 1;
    const stay = last + 1;
    const isTenth = first === 0 && stay === fleet.closers && stay * 10 >= parallelism && (stay - 1) * 10 < parallelism;
    if (!isTaken || !isTenth) throw new Error(`${parallelism}: ${JSON.stringify(spec)}`);
  }
});

interface SuccessRule {
  readonly succeededIndexes: string;
  readonly succeededCount: number;
}

test.each([
  [
    'fewer than parallelism',
    3,
    8,
    3,
    'test/fruit: parallelism is 8, and there are 3 items: 3 workers run. Where handlers add items, say so: followUps: true.',
  ],
  [
    'one',
    1,
    2,
    1,
    'test/fruit: parallelism is 2, and there is 1 item: 1 worker runs. Where handlers add items, say so: followUps: true.',
  ],
  [
    'none',
    0,
    12,
    1,
    'test/fruit: parallelism is 12, and there are 0 items: 1 worker runs. Where handlers add items, say so: followUps: true.',
  ],
  [
    'across a ten',
    15,
    25,
    15,
    'test/fruit: parallelism is 25, and there are 15 items: 15 workers run. Where handlers add items, say so: followUps: true.',
  ],
  ['as many', 3, 3, 3, undefined],
  ['more', 4, 3, 3, undefined],
])('parallelism is no more than the items, which is said once: %s', (_, items, parallelism, runs, said) => {
  const { spec, leaveFrom } = jobOf({
    ...IMAGE,
    ...INDEXED,
    parallelism,
    items: Array.from({ length: items }, (_, i) => `${i}`),
  });
  expect([spec.parallelism, spec.completions]).toEqual([runs, runs]);
  expect(leaveFrom).toBe(String(Math.ceil(runs / 10)));
  expect(warned.mock.calls).toEqual(said === undefined ? [] : [[said]]);
});

test('without indexes, too', () => {
  expect(jobOf({ ...IMAGE, parallelism: 8, items: ['a'] }).spec.parallelism).toBe(1);
  expect(warned).toHaveBeenCalledTimes(1);
});

test('how much a filler or somebody else brings is not known', () => {
  expect(jobOf({ ...IMAGE, parallelism: 8 }).spec.parallelism).toBe(8);
  expect(jobOf({ ...IMAGE, parallelism: 8, filler: { image: 'filler' } }).spec.parallelism).toBe(8);
  expect(warned).not.toHaveBeenCalled();
});

test('a construct that is refused says nothing', () => {
  const of = Testing.chart();
  const make = (id: string) => new RedisWorkQueueJob(of, id, { ...IMAGE, jobName: 'it', parallelism: 8, items: ['a'] });
  make('one');
  expect(() => make('one')).toThrow();
  expect(warned).toHaveBeenCalledTimes(1);
});

test('a user cannot set by hand who may leave', () => {
  const env = { [ENV.leaveFromIndex]: { value: '0' } };
  expect(() => jobOf({ ...IMAGE, env })).toThrow(
    /a name in env is "WORK_QUEUE_LEAVE_FROM_INDEX"\. The construct sets it/,
  );
});
