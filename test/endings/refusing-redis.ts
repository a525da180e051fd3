import { createServer, type Server } from 'node:net';

/** A Redis that answers everything with the same error. */
export async function startRefusing(error: string): Promise<Server> {
  const refusing = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      for (const _ of String(bytes).match(/^\*\d+\r$/gm) ?? []) socket.write(`-${error}\r\n`);
    });
  });
  await new Promise<void>((resolve) => refusing.listen(0, '127.0.0.1', resolve));
  return refusing;
}
