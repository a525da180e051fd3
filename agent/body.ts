import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { ClientGoneError, RequestError } from './request-error';
import type { Room } from './room';

const MIB = 1_048_576;

/** Bytes that a result may have. */
export const RESULT_LIMIT = 16 * MIB;
/** Bytes of any other body. */
export const BODY_LIMIT = MIB;

/** Bodies up to this size need no room of their own. */
const SMALL = 65_536;

/** How long a client may take to send its body, in ms. */
export const BODY_WITHIN = 30_000;

/** What is read of a body that was refused, so that its client comes to read the answer. */
const MOST_DISCARDED = 256 * MIB;

export interface BodyLimits {
  readonly limit: number;
  /** In ms. */
  readonly within: number;
  /** Shared by all bodies that are being read. */
  readonly room: Room;
}

/** Whether a request has a body. */
export function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/**
 * Reads the body of a request whole.
 *
 * @param begin called before the first byte is read, once there is room
 * @throws RequestError 413: it is longer than allowed; 408: it takes too long
 * @throws ClientGoneError the client is gone
 */
export async function readBody(
  request: IncomingMessage,
  { limit, within, room }: BodyLimits,
  begin: () => void,
): Promise<Buffer> {
  if (!hasBody(request)) {
    request.resume();
    return Buffer.alloc(0);
  }
  const { 'content-length': declared, 'content-encoding': encoding } = request.headers;
  if (encoding && encoding !== 'identity') {
    throw new RequestError(415, `the body is encoded as ${encoding}; send it as it is`);
  }
  if (Number(declared ?? 0) > limit) throw tooLong(limit, `${declared} bytes`);
  const bytes = Number(declared ?? limit);
  const release = bytes > SMALL ? await room.take(bytes) : () => {};
  try {
    begin();
    return await collect(request, limit, within);
  } finally {
    release();
  }
}

function collect(request: IncomingMessage, limit: number, within: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let chunks: Buffer[] = [];
    let length = 0;
    const over = (act: () => void) => {
      clearTimeout(timer);
      request.off('data', onData).off('end', onEnd).off('close', onGone).off('error', onGone);
      // An error that comes later is nobody's.
      request.on('error', () => {});
      chunks = [];
      act();
    };
    const onData = (chunk: Buffer) => {
      length += chunk.length;
      if (length > limit) over(() => reject(tooLong(limit, 'more')));
      else chunks.push(chunk);
    };
    const onEnd = () => {
      const body = Buffer.concat(chunks, length);
      over(() => resolve(body));
    };
    const onGone = () => over(() => reject(new ClientGoneError('the client was gone before its request was whole')));
    const timer = setTimeout(() => {
      const message = `the body did not arrive within ${within / 1_000} s; send it at once, and nothing was changed`;
      over(() => reject(new RequestError(408, message, {}, { connection: 'close' })));
    }, within);
    request.on('data', onData).on('end', onEnd).on('close', onGone).on('error', onGone);
    if (request.destroyed) onGone();
  });
}

function tooLong(limit: number, given: string): RequestError {
  return new RequestError(
    413,
    `the body has ${given}, and at most ${limit} bytes are allowed: put the data into an object store, and send its address. Nothing was changed`,
  );
}

/**
 * Reads on and forgets, so that the client, which may look for the answer only once it has sent all, gets it. One that sends
 * for too long, or too much, is cut off.
 */
export function discard(request: IncomingMessage, within: number): void {
  if (request.readableEnded || request.destroyed) return;
  const { socket } = request;
  let discarded = 0;
  const cut = () => socket.destroy();
  const timer = setTimeout(cut, within);
  request.on('error', () => {});
  request.on('close', () => clearTimeout(timer));
  request.on('end', () => clearTimeout(timer));
  request.on('data', (chunk: Buffer) => {
    discarded += chunk.length;
    if (discarded > MOST_DISCARDED) cut();
  });
  request.resume();
}

/** Whether a body says that it is JSON. */
export function isJson({ headers }: IncomingMessage): boolean {
  return /^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i.test(headers['content-type'] ?? '');
}

/**
 * A body as JSON.
 *
 * @throws RequestError 400
 */
export function jsonOf(body: Buffer): unknown {
  if (!isUtf8(body)) throw new RequestError(400, 'the body is to be JSON, and is not UTF-8. Nothing was changed');
  let value: unknown;
  try {
    value = JSON.parse(body.toString());
    // What is nested too deeply can be read, and not be written again.
    if (body.length > 4_096) JSON.stringify(value);
    return value;
  } catch (error) {
    const why = error instanceof RangeError ? 'it is nested too deeply' : (error as Error).message;
    throw new RequestError(
      400,
      `the body is to be JSON, and is not: ${why}. Send JSON, or text with another content-type where text is allowed. Nothing was changed`,
    );
  }
}
