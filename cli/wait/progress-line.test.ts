import type { QueueStatus } from 'cdk8s-redis-work-queue/worker';
import { progressLine, progressWords } from './progress-line';

const STATUS: QueueStatus = {
  ...{ waiting: 300, leased: 16, retrying: 0, done: 76, dead: 8, dropped: 0, claimed: 100, added: 0 },
  ...{ sealed: true, total: 400, batch: undefined, paused: false, slowedFor: 0, cancelled: false },
  ...{ finalizer: undefined, clock: 2_000, workerCount: 4, workers: [], memory: undefined },
};
const NAME = 'thumbnails-of-2026';
const plain = { green: (text: string) => text };

const widthOf = (text: string) => text.length;
const cut = (text: string, columns: number) => (text.length > columns ? `${text.slice(0, columns - 1)}…` : text);

function lineAt(columns: number, status: QueueStatus, rate: number, name = NAME): string {
  const line = progressLine(name, status, rate, { columns, widthOf, cut }, plain);
  expect(line.length).toBeLessThan(columns);
  return line;
}

test.each([
  [46, '21 %, 84 of 400, 7.5 s left, 8 dead letters'],
  [60, '███▏░░░░░░░░░░░  21 %, 7.5 s left, 8 dead letters'],
  [80, '████▏░░░░░░░░░░░░░░░  21 %, 84 of 400, 7.5 s left, 8 dead letters'],
  [120, `██████▎░░░░░░░░░░░░░░░░░░░░░░░  ${NAME}: 21 %, 84 of 400, 42/s, 7.5 s left, 8 dead letters`],
])('in %i columns it has what matters most, and a bar of one length where there is room', (columns, line) => {
  expect(lineAt(columns, STATUS, 42)).toBe(line);
});

test('what is wrong is never left out, and a name that is too long is', () => {
  const stuck = { ...STATUS, workerCount: 0, paused: true };
  expect(lineAt(46, stuck, 0)).toBe('21 %, 8 dead letters, paused, no worker');
  expect(lineAt(30, stuck, 0)).toBe('21 %, paused, no worker');
  expect(lineAt(20, stuck, 0)).toBe('21 %, paused, no w…');
  expect(lineAt(80, { ...stuck, dead: 0 }, 0, 'x'.repeat(60))).toMatch(/░ {2}19 %, 76 of 400, paused, no worker$/);
});

test('in words it has all', () => {
  expect(progressWords({ ...STATUS, sealed: false, total: undefined }, 42)).toBe(
    '21 %, 84 of 400, 42/s, 7.5 s left, 8 dead letters, not sealed',
  );
  expect(progressWords({ ...STATUS, workerCount: 0 }, 0)).toBe('21 %, 84 of 400, 0/s, 8 dead letters, no worker');
});
