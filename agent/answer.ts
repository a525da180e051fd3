import { isUtf8 } from 'node:buffer';
import type { ServerResponse } from 'node:http';
import type { End } from './end';
import type { ItemInHand } from './item-in-hand';
import type { RequestError } from './request-error';

const JSON_TYPE = 'application/json';
const HEADERS = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };

/** Answers, unless it is too late to. */
export function send(
  response: ServerResponse,
  status: number,
  body: string | Uint8Array,
  type: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(status, {
    ...HEADERS,
    ...(status !== 204 && { 'content-type': type, 'content-length': Buffer.byteLength(body) }),
    ...headers,
  });
  response.end(status === 204 || response.req.method === 'HEAD' ? undefined : body);
}

export function sendJson(
  response: ServerResponse,
  status: number,
  value: object,
  headers?: Readonly<Record<string, string>>,
): void {
  send(response, status, `${JSON.stringify(value)}\n`, JSON_TYPE, headers);
}

export function sendText(response: ServerResponse, text: string): void {
  send(response, 200, text, 'text/plain; charset=utf-8');
}

/** Why a request is refused. */
export function sendRefusal(response: ServerResponse, { status, message, fields, headers }: RequestError): void {
  sendJson(response, status, { ...fields, message }, headers);
}

/** That there is no item, and will be none. */
export function sendEnd(response: ServerResponse, { status, ...end }: End): void {
  sendJson(response, status, end);
}

/**
 * An item, as JSON, or for shells: a line with its take, and then its payload as it is.
 *
 * @param onWritten called with whether the system has taken all of it; not at all where the connection ends before its turn
 */
export function sendItem(
  response: ServerResponse,
  item: ItemInHand,
  as: 'text' | 'json',
  onWritten: (isWritten: boolean) => void,
): void {
  const { type, body } = as === 'text' ? textOf(item) : jsonOf(item);
  response.writeHead(200, { ...HEADERS, 'content-type': type, 'content-length': body.length });
  // Of what Node drops with a connection it says so too, without an error, once it has ended that.
  response.write(body, (error) => onWritten(!error && !response.req.socket.destroyed));
  response.end();
}

function textOf({ take, payload }: ItemInHand) {
  const type = isUtf8(payload) ? 'text/plain; charset=utf-8' : 'application/octet-stream';
  return { type, body: Buffer.concat([Buffer.from(`${take}\n`), payload]) };
}

function jsonOf({ take, payload, context }: ItemInHand) {
  const { id, attempt, postponed, token, resumed } = context;
  const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.length);
  const value = {
    take,
    id,
    attempt,
    postponed,
    token,
    ...(isUtf8(payload) ? { payload: bytes.toString() } : { payloadBase64: bytes.toString('base64') }),
    ...(resumed !== undefined && { resumed }),
  };
  return { type: JSON_TYPE, body: Buffer.from(`${JSON.stringify(value)}\n`) };
}
