import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const BENCH = join(__dirname, '../build/bench/run.js');

const bench = (...args: string[]) => promisify(execFile)(process.execPath, [BENCH, ...args]);

test('the benchmarks are commands: each says what it is about', async () => {
  const { stdout } = await bench('--list');
  expect(
    stdout
      .trim()
      .split('\n')
      .map((line) => line.split(' ')[0]),
  ).toEqual([
    'throughput',
    'round-trip',
    'memory',
    'filling',
    'exchange',
    'growth',
    'bystander',
    'async-handler',
    'tail',
    'recovery',
    'start',
    'idle',
    'rss',
    'synth',
    'charts',
  ]);
});

test('a name that there is none of is refused, with those that there are', async () => {
  await expect(bench('--only', 'speed')).rejects.toThrow(/--only speed: there is throughput, round-trip/);
});

test('a benchmark of ours alone runs, checks the deliveries and prints its table', async () => {
  const { stdout } = await bench('--quick', '--only', 'rss');
  expect(stdout).toMatch(/^peak RSS of a worker, 10 ms async handler +[\d.]+ MiB +≤ 90 MiB/m);
});
