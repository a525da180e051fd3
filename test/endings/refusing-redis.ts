import { createServer, type Server } from 'node:net';

/** A Redis that refuses, and the names of the commands that it was sent. */
export interface RefusingRedis {
  readonly server: Server;
  readonly heard: readonly string[];
}

/** A Redis that answers everything with the same error, or one command alone; then OK is the answer to all others. */
export async function startRefusing(error: string, only?: string): Promise<RefusingRedis> {
  const heard: string[] = [];
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      for (const [, name = ''] of String(bytes).matchAll(/^\*\d+\r\n\$\d+\r\n(\w+)\r$/gm)) {
        heard.push(name.toUpperCase());
        socket.write(only === undefined || only === name.toUpperCase() ? `-${error}\r\n` : '+OK\r\n');
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, heard };
}
