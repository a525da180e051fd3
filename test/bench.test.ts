import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const ROOT = join(__dirname, '..');
const BENCH = join(ROOT, 'build/bench/run.js');

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
    'footprint',
    'filling',
    'exchange',
    'growth',
    'words',
    'seen',
    'bystander',
    'async-handler',
    'agent',
    'tail',
    'recovery',
    'start',
    'idle',
    'fleet',
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

test('a worker is looked at while it runs: exporter and page answer, and hooks and spans hear of each item', async () => {
  const { stdout } = await bench('--quick', '--only', 'seen');
  expect(stdout).toMatch(/^CPU of an item with a 10 ms handler: spans of OpenTelemetry +[\d.]+ µs +[\d.]+ µs plain/m);
  expect(stdout).toMatch(/the exporter was scraped [1-9][\d.]* times, and the page was sent [1-9][\d.]* states/);
});

test('the agent hands each item out once over HTTP, and is as exact as a worker without it', async () => {
  const { stdout } = await bench('--quick', '--only', 'agent');
  expect(stdout).toMatch(/^ours, through the agent +64 +[\d,]+ /m);
  expect(stdout).toMatch(/^agent: process start to first item +[\d.,]+ ms/m);
});

test('a fleet of a few simulated workers asks, claims, waits, ends and is recovered', async () => {
  const { stdout } = await bench('--quick', '--only', 'fleet');
  expect(stdout).toMatch(/^Redis time of an ask of an idle worker, 20 workers beside 4 +[\d.]+ µs beside [\d.]+ µs/m);
  expect(stdout).toMatch(/^20 +[\d.]+ +[\d.]+ % +[\d,]+ for 19 items +[\d.]+ s +[\d.]+ s/m);
  expect(stdout).toMatch(/^20 workers killed at once: the last of their items handed out again +[\d.]+ s/m);
});

test('what a queue takes is read from the counters of Redis: a fill sends its payloads, a drain gets them', async () => {
  const { stdout } = await bench('--quick', '--only', 'footprint');
  const bytes = (row: string, column: number) => {
    const [, cells = ''] = new RegExp(`^${row} +(.*)$`, 'm').exec(stdout) ?? [];
    return Number(cells.split(/ {2,}/)[column]?.replace(',', ''));
  };
  const sent = bytes('filled: 1,000 bytes', 1);
  const got = bytes('done: 1,000 bytes, takes no time, 64 at once', 2);
  for (const each of [sent, got]) expect(1_000 < each && each < 1_200).toBe(true);
  expect(bytes('a renewal', 0)).toBeLessThan(bytes('an ask that gets nothing', 0));
});

describe('what is written', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  const written = () =>
    (readdirSync(folder, { recursive: true }) as string[]).filter((path) => /\.\w+$/.test(path)).sort();
  const content = (root: string, path: string) => readFileSync(join(root, path), 'utf8');
  afterEach(() => rmSync(folder, { recursive: true }));

  test('page and pictures say what bench/results.json says (npm run bench -- --redraw writes them)', async () => {
    await bench('--redraw', '--to', folder);
    const pictures = readdirSync(join(ROOT, 'docs/pictures')).filter((name) => /^bench-.*\.svg$/.test(name));
    expect(written()).toEqual(
      ['bench/RESULTS.md', 'bench/results.json', ...pictures.map((name) => `docs/pictures/${name}`)].sort(),
    );
    for (const path of written()) expect(content(folder, path)).toBe(content(ROOT, path));
  });

  test('a part, run into a folder, draws its pictures from the figures that it prints', async () => {
    const { stdout } = await bench('--quick', '--only', 'exchange', '--to', folder);
    expect(written()).toEqual(['bench/RESULTS.md', 'bench/results.json', 'docs/pictures/bench-exchange.svg']);
    expect(content(folder, 'bench/RESULTS.md')).toContain('](../docs/pictures/bench-exchange.svg)');
    const [, micros] = /^16 +([\d.,]+) µs/m.exec(stdout) ?? [];
    expect(content(folder, 'docs/pictures/bench-exchange.svg')).toContain(`16 items: ${micros} µs`);
  });
});
