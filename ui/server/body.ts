import type { IncomingMessage } from 'node:http';
import { Refusal } from './refusal';

/** Bytes of the body of a request. */
const MOST = 65_536;

/** @throws Refusal the body is too large, or no JSON object */
export async function readBody(request: IncomingMessage): Promise<Readonly<Record<string, unknown>>> {
  const tooLarge = () =>
    new Refusal(413, `The body of this request has more than ${MOST} bytes, which is the most.`, {
      connection: 'close',
    });
  if (Number(request.headers['content-length'] ?? 0) > MOST) throw tooLarge();
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MOST) throw tooLarge();
    chunks.push(chunk);
  }
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks)));
  } catch {
    throw new Refusal(400, 'The body of this request is no JSON; allowed is an object, such as {}.');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Refusal(400, 'The body of this request is no JSON object; allowed is one such as {}.');
  }
  return value as Record<string, unknown>;
}
