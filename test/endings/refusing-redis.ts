import { createServer, type Server } from 'node:net';

/** A Redis of a test's own making, and the names of the commands that it was sent. */
export interface RefusingRedis {
  readonly server: Server;
  readonly heard: readonly string[];
}

/** A Redis that answers everything with the same error, or one command alone; then OK is the answer to all others. */
export function startRefusing(error: string, only?: string): Promise<RefusingRedis> {
  return startAnswering((name) => (only === undefined || only === name ? new Error(error) : undefined));
}

/** In place of an answer, the connection ends. */
export const CUT = Symbol('cut');

/** What such a Redis answers; undefined is OK. */
export type Answer = string | Error | number | readonly number[] | typeof CUT | undefined;

/** A Redis that answers a command as it is told to, by its name. */
export async function startAnswering(answer: (name: string) => Answer): Promise<RefusingRedis> {
  const heard: string[] = [];
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      for (const [, name = ''] of String(bytes).matchAll(/^\*\d+\r\n\$\d+\r\n(\w+)\r$/gm)) {
        heard.push(name.toUpperCase());
        const given = answer(name.toUpperCase());
        if (given === CUT) socket.destroy();
        else socket.write(inProtocol(given));
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, heard };
}

function inProtocol(answer: Exclude<Answer, typeof CUT>): string {
  if (answer === undefined) return '+OK\r\n';
  if (answer instanceof Error) return `-${answer.message}\r\n`;
  if (typeof answer === 'string') return `$${Buffer.byteLength(answer)}\r\n${answer}\r\n`;
  if (typeof answer === 'number') return `:${answer}\r\n`;
  return `*${answer.length}\r\n${answer.map(inProtocol).join('')}`;
}
