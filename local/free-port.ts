import { createServer } from 'node:net';

const ATTEMPTS = 20;

/** Below the range that systems take ports for outgoing connections from: nobody is given a restarting server's port. */
const PORTS = { from: 20_000, to: 29_999 };

/** A port on which nobody listens now. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const port = PORTS.from + Math.floor(Math.random() * (PORTS.to - PORTS.from + 1));
    const probe = createServer().listen(port, '127.0.0.1');
    const free = await new Promise<boolean>((resolve) => {
      probe.once('listening', () => resolve(true)).once('error', () => resolve(false));
    });
    if (!free) continue;
    await new Promise((resolve) => probe.close(resolve));
    return port;
  }
  throw new Error(`No free port between ${PORTS.from} and ${PORTS.to} in ${ATTEMPTS} tries.`);
}
