import { existsSync, readdirSync, readFileSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import type { RedisServer } from './start-redis-server';

/** The file that a server appends to; a rewrite begins another one, whose name has a greater number. */
export function appendOnlyFile(server: RedisServer): string {
  const folder = join(server.dir, 'appendonlydir');
  // Redis 6.2 keeps one file.
  if (!existsSync(folder)) return join(server.dir, 'appendonly.aof');
  const number = (file: string) => Number(/(\d+)\.incr\.aof$/.exec(file)?.[1] ?? 0);
  const [newest] = readdirSync(folder).sort((a, b) => number(b) - number(a));
  return join(folder, newest as string);
}

/** How much of its append-only file a server has written, in bytes. */
export function written(server: RedisServer): number {
  return statSync(appendOnlyFile(server)).size;
}

const BEGIN = '*1\r\n$5\r\nMULTI\r\n';
const END = '*1\r\n$4\r\nEXEC\r\n';

/**
 * Cuts off the transaction that such a file ends in the middle of, as `redis-check-aof --fix` does. Servers without the mend
 * of August 2026 (https://github.com/valkey-io/valkey/pull/4342) load such a file well, but leave whole commands of the
 * transaction in it, and carry them out at the next start.
 */
export function cutTornTransaction(file: string): void {
  const text = readFileSync(file);
  const begin = text.lastIndexOf(BEGIN);
  if (begin > text.lastIndexOf(END)) truncateSync(file, begin);
}

/** A power cut: the server dies, what it wrote after the first `kept` bytes never reached the disk, and it starts again. */
export async function cutPower(server: RedisServer, kept: number): Promise<void> {
  await server.kill();
  truncateSync(appendOnlyFile(server), kept);
  await server.start();
}
