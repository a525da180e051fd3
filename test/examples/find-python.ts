import { spawnSync } from 'node:child_process';

/** A Python that has the Redis client, whichever of those on this machine that is. */
export function findPython(): string | undefined {
  const folders = (process.env.PATH ?? '').split(':').filter(Boolean);
  const candidates = new Set([
    ...folders.map((folder) => `${folder}/python3`),
    '/usr/bin/python3',
    '/usr/local/bin/python3',
  ]);
  return [...candidates].find((python) => spawnSync(python, ['-c', 'import redis']).status === 0);
}
