import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Refusal as RefusalAnswer } from '../api';
import { refusalOf } from './refusal';

/** What goes with every answer: this page runs its own scripts, is framed by nobody, and is read by no other page. */
const HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
};

export function secure(response: ServerResponse): void {
  for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
}

export function answerJson(response: ServerResponse, status: number, value: unknown): void {
  const body = Buffer.from(JSON.stringify(value));
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', 'content-length': body.length });
  response.end(body);
}

/** Says why there is no answer; a person who opens the page reads it as text. */
export function refuse(request: IncomingMessage, response: ServerResponse, error: unknown): void {
  const { status, message, headers } = refusalOf(error);
  if (response.headersSent) {
    response.destroy();
    return;
  }
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  if (!request.url?.startsWith('/api/')) {
    response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' });
    response.end(`${message}\n`);
  } else answerJson(response, status, { error: message } satisfies RefusalAnswer);
}
