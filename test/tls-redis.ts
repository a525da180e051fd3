import { createServer } from 'node:net';
import { type RedisServer, startRedisServer } from '../local/redis';
import type { Authority } from '../local/redis/authority';

/** A private Redis that listens without TLS on `server.port`, and with TLS on another port. */
export interface TlsRedis {
  readonly server: RedisServer;
  readonly port: number;
  /** `rediss://` address by the name `localhost`. */
  readonly url: string;
}

const ATTEMPTS = 10;

export async function startTlsRedis(
  authority: Authority,
  { certificate, key }: { certificate: string; key: string },
  args: readonly string[] = ['--tls-auth-clients', 'no'],
): Promise<TlsRedis> {
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    const files = ['--tls-cert-file', certificate, '--tls-key-file', key, '--tls-ca-cert-file', authority.file];
    try {
      const server = await startRedisServer({ args: ['--tls-port', String(port), ...files, ...args] });
      return { server, port, url: `rediss://localhost:${port}` };
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
    }
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => probe.once('listening', resolve));
  const { port } = probe.address() as { port: number };
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
