import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Redis from 'ioredis';
import { MovableClock, NO_MOVABLE_CLOCK, type RedisServer, startRedisServer } from '.';

let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'clock-'));
});

afterEach(() => rmSync(dir, { recursive: true, force: true }));

function withLibrary(): void {
  const HOUR = 3_600_000;
  let clock: MovableClock;
  let server: RedisServer;
  let redis: Redis;

  beforeEach(async () => {
    clock = new MovableClock(dir);
    server = await startRedisServer({ clock });
    redis = new Redis(server.url);
  });

  afterEach(async () => {
    redis.disconnect();
    await server.stop();
  });

  /** How far the server is ahead of this machine, in whole hours. */
  async function ahead(): Promise<number> {
    const [seconds] = await redis.time();
    return Math.round((Number(seconds) * 1_000 - Date.now()) / HOUR);
  }

  test('the server begins with the right time, and follows each step', async () => {
    expect(await ahead()).toBeCloseTo(0);
    clock.step(HOUR);
    expect(await ahead()).toBe(1);
    clock.step(-25 * HOUR);
    expect(await ahead()).toBe(-24);
    expect(clock.ahead).toBe(-24 * HOUR);
  });

  test('it goes on from there, also after a restart', async () => {
    clock.step(-HOUR);
    const before = Number((await redis.time())[0]);
    await sleep(1_100);
    expect(Number((await redis.time())[0])).toBeGreaterThan(before);
    await server.restart();
    expect(await ahead()).toBe(-1);
  });
}

if (MovableClock.available) describe('with libfaketime', withLibrary);
else test(`a Redis with a clock of its own was NOT TESTED: ${NO_MOVABLE_CLOCK}`, () => console.warn(NO_MOVABLE_CLOCK));

test('without libfaketime it says what to install', () => {
  expect(() => new MovableClock(dir, '')).toThrow('apt-get install libfaketime');
});
