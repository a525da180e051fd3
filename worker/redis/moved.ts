import type { Node } from '../settings';

/** What a node says of a slot that another one serves. */
const MOVED = /^MOVED \d+ (.*):(\d+)$/;

/** The node that serves what this one was asked for, if it says so; where it names no host, that is its own. */
export function movedTo(error: unknown, asked: Node): Node | undefined {
  const [, name = '', port] = MOVED.exec(String(Object(error).message)) ?? [];
  // A question mark: nodes are called by names, and that one has none.
  return port === undefined || name === '?' ? undefined : { host: name || asked.host, port: Number(port) };
}
