import { isUtf8 } from 'node:buffer';
import type { ServerResponse } from 'node:http';
import type { End } from './end';
import type { ItemInHand } from './item-in-hand';
import type { RequestError } from './request-error';

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
  send(response, status, `${JSON.stringify(value)}\n`, 'application/json', headers);
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

/** An item, as JSON, or for shells: a line with its take, and then its payload as it is. */
export function sendItem(response: ServerResponse, { take, payload, context }: ItemInHand, as: 'text' | 'json'): void {
  const isText = isUtf8(payload);
  if (as === 'text') {
    const type = isText ? 'text/plain; charset=utf-8' : 'application/octet-stream';
    send(response, 200, Buffer.concat([Buffer.from(`${take}\n`), payload]), type);
    return;
  }
  const { id, attempt, postponed, token, resumed } = context;
  const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.length);
  sendJson(response, 200, {
    take,
    id,
    attempt,
    postponed,
    token,
    ...(isText ? { payload: bytes.toString() } : { payloadBase64: bytes.toString('base64') }),
    ...(resumed !== undefined && { resumed }),
  });
}
