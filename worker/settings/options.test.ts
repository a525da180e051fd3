import { defineQueue } from '../definition/define-queue';
import { WorkQueue } from '../work-queue/work-queue';
import { checkOptions } from './options';

const names = { backoff: true, results: true, log: true } as const;

function refusal(given: unknown): string {
  try {
    checkOptions('runWorker', given as never, names as never);
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('nothing was refused');
}

test('options that exist pass, also those that are undefined', () => {
  expect(() => checkOptions('runWorker', {}, {})).not.toThrow();
  expect(() => checkOptions('runWorker', { log: undefined, results: true }, names as never)).not.toThrow();
});

test('an option that the chart sets is refused, with the prop and the variable', () => {
  expect(refusal({ concurrency: 8 })).toBe(
    'runWorker has no option concurrency: concurrency is set by the prop concurrency of the chart, or by the variable ' +
      'WORK_QUEUE_CONCURRENCY. Its options are backoff, results and log',
  );
  expect(refusal({ attempts: 5 })).toContain(
    'by the prop maxAttempts of the chart, or by the variable WORK_QUEUE_MAX_ATTEMPTS',
  );
  expect(refusal({ url: 'redis://x' })).toContain('by the prop redis of the chart, or by the variable REDIS_URL');
});

test('a misspelt option is refused, with the one that is meant', () => {
  expect(refusal({ result: true })).toContain('has no option result: did you mean results?');
  expect(refusal({ Backoff: {} })).toContain('did you mean backoff?');
  expect(refusal({ toString: 1 })).toContain('has no option toString: toString is unknown');
});

test('what is no object is refused', () => {
  for (const given of [8, 'fast', null, [], () => 1])
    expect(refusal(given)).toMatch(/as its options; they are an object/);
});

test('a queue, its client and its calls refuse options that do not exist', async () => {
  expect(() => defineQueue({ name: 'job2', concurrency: 8 } as never)).toThrow(
    /^defineQueue has no option concurrency: .*prop concurrency/,
  );
  const queue = defineQueue({ name: 'job2' });
  expect(() => new WorkQueue(queue, { uri: 'redis://localhost' } as never)).toThrow(
    /no option uri: did you mean url\?/,
  );
  const client = new WorkQueue(queue, { url: 'redis://localhost:1' });
  await expect(client.fill([], { batch: 'monday' } as never)).rejects.toThrow(
    /^fill has no option batch: did you mean batchId\?/,
  );
  await expect(client.seal({ totals: 3 } as never)).rejects.toThrow(/^seal has no option totals: did you mean total\?/);
  await expect(client.status({ peeks: 3 } as never)).rejects.toThrow(
    /^status has no option peeks: did you mean peek\?/,
  );
  await client.close();
});
