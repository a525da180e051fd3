import { readdirSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import type { RedisServer } from '../local-redis';

function fileOf(server: RedisServer): string {
  const folder = join(server.dir, 'appendonlydir');
  return join(folder, readdirSync(folder).find((file) => file.endsWith('.incr.aof')) as string);
}

/** How much of its append-only file a server has written, in bytes. */
export function written(server: RedisServer): number {
  return statSync(fileOf(server)).size;
}

/** A power cut: the server dies, what it wrote after the first `kept` bytes never reached the disk, and it starts again. */
export async function cutPower(server: RedisServer, kept: number): Promise<void> {
  await server.kill();
  truncateSync(fileOf(server), kept);
  await server.start();
}
