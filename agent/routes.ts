import type { IncomingMessage, ServerResponse } from 'node:http';
import { NO_RESULT } from '../worker/attempt';
import { FOREIGN_STACK, RetryLater, textOf, UnrecoverableError } from '../worker/errors';
import { addItems, payloadsIn } from './added-items';
import { sendJson, sendText } from './answer';
import { isJson, jsonOf, RESULT_LIMIT } from './body';
import { HELP } from './help';
import type { Verb } from './item-in-hand';
import { OPENAPI } from './openapi';
import type { QueryFields, QueryName } from './query';
import { RequestError } from './request-error';
import type { Takes } from './takes';
import { WaitingTake } from './waiting-take';

/** One request, read and understood. */
export interface Call {
  readonly takes: Takes;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly body: Buffer;
  readonly query: QueryFields;
  /** The take in its path; '' where there is none. */
  readonly take: string;
}

/** What the agent answers. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT';
  /** `{take}` stands for one segment. */
  readonly path: string;
  readonly query?: readonly QueryName[];
  readonly required?: readonly QueryName[];
  /** Bytes that its body may have. @default BODY_LIMIT */
  readonly limit?: number;
  /** Whether it shows that the program is alive. @default true */
  readonly isAsking?: boolean;
  answer(call: Call): void;
}

const TAKE = ['wait', 'as'] as const;
const SETTLE = ['take', ...TAKE] as const;

export const ROUTES: readonly Route[] = [
  {
    method: 'POST',
    path: '/take',
    query: TAKE,
    answer: ({ takes, response, query }) => WaitingTake.begin(takes, response, query),
  },
  {
    method: 'POST',
    path: '/items/{take}/done',
    query: SETTLE,
    limit: RESULT_LIMIT,
    answer(call) {
      const result = resultOf(call);
      settle(call, 'done', (item) => item.done(result));
    },
  },
  {
    method: 'POST',
    path: '/items/{take}/fail',
    query: ['retry', ...SETTLE],
    answer(call) {
      const error = errorOf(call);
      settle(call, 'fail', (item) => item.fail(error));
    },
  },
  {
    method: 'POST',
    path: '/items/{take}/later',
    query: ['in', ...SETTLE],
    required: ['in'],
    answer(call) {
      const { in: ms = 0 } = call.query;
      const error = new RetryLater(ms, call.body.toString() || undefined);
      settle(call, 'later', (item) => item.fail(error));
    },
  },
  {
    method: 'POST',
    path: '/items/{take}/add',
    query: ['key', 'front'],
    answer({ takes, take, request, response, body, query }) {
      const { context } = takes.get(take);
      const payloads = payloadsIn(body, isJson(request));
      addItems(context, payloads, query);
      sendJson(response, 200, { added: payloads.length });
    },
  },
  {
    method: 'PUT',
    path: '/items/{take}/checkpoint',
    answer({ takes, take, response, body }) {
      const { context, toldToStop = {} } = takes.getEvenIfStopping(take);
      const value = jsonOf(body);
      refuseThrown(413, () => context.checkpoint(value));
      sendJson(response, 200, toldToStop);
    },
  },
  {
    method: 'PUT',
    path: '/items/{take}/progress',
    answer({ takes, take, request, response, body }) {
      const { context } = takes.get(take);
      const { fraction, text } = progressOf(body, isJson(request));
      refuseThrown(400, () => context.progress(fraction as number, text as string | undefined));
      sendJson(response, 200, {});
    },
  },
  {
    method: 'POST',
    path: '/items/{take}/log',
    query: ['level'],
    answer({ takes, take, request, response, body, query }) {
      const { context } = takes.get(take);
      const { text, fields } = lineOf(body, isJson(request));
      context.log[query.level ?? 'info'](text, fields);
      sendJson(response, 200, {});
    },
  },
  {
    method: 'GET',
    path: '/items/{take}',
    answer({ takes, take, response }) {
      takes.get(take);
      sendJson(response, 200, { state: 'held' });
    },
  },
  {
    method: 'POST',
    path: '/slow-down',
    query: ['for'],
    required: ['for'],
    answer({ takes, response, query }) {
      takes.slowDown(query.for ?? 0);
      sendJson(response, 200, {});
    },
  },
  { method: 'GET', path: '/health', isAsking: false, answer: ({ response }) => sendText(response, 'ok\n') },
  {
    method: 'GET',
    path: '/openapi.json',
    isAsking: false,
    answer: ({ response }) => sendJson(response, 200, OPENAPI),
  },
  { method: 'GET', path: '/', isAsking: false, answer: ({ response }) => sendText(response, HELP) },
];

/** Settles the take of a call, and takes another where it asks for that. */
function settle(call: Call, verb: Verb, act: Parameters<Takes['settle']>[2]): void {
  const { takes, take, query, response } = call;
  const repeated = takes.settle(take, verb, act) === 'repeated';
  if (query.take) WaitingTake.begin(takes, response, query);
  else sendJson(response, 200, repeated ? { repeated } : {});
}

/** What a result may grow to once it is written as JSON, in bytes. */
const JSON_LIMIT = 4 * RESULT_LIMIT;

function resultOf({ request, body }: Call): unknown {
  if (body.length === 0) return NO_RESULT;
  if (isJson(request)) return jsonOf(body);
  const text = body.toString();
  if (6 * body.length > JSON_LIMIT && Buffer.byteLength(JSON.stringify(text)) > JSON_LIMIT) {
    throw new RequestError(
      413,
      `the result is text that takes more than ${JSON_LIMIT} bytes as JSON: put the data into an object store, and send its address. Nothing was changed`,
    );
  }
  return text;
}

/** An error that tells its kind, as most languages write them: `ValueError: no such page`. */
const NAMED = /^([A-Za-z_][\w.:]*(?:Error|Exception|Panic)): (.*)$/s;

/** What the program says went wrong. Its frames are its own; ours would say nothing. */
function errorOf({ request, body, query }: Call): Error {
  const { message, stack } = failureIn(body, isJson(request));
  const [, name, text] = NAMED.exec(message) ?? [];
  const Kind = query.retry === false ? UnrecoverableError : Error;
  const error = new Kind(text ?? message);
  if (name) Object.defineProperty(error, 'name', { value: name });
  error.stack = '';
  if (stack !== undefined) Object.defineProperty(error, FOREIGN_STACK, { value: stack });
  return error;
}

function failureIn(body: Buffer, isJson: boolean): { message: string; stack?: string } {
  if (!isJson || body.length === 0) return { message: body.toString().trim() || 'the program gave no reason' };
  const value = jsonOf(body) as { message?: unknown; stack?: unknown } | null;
  const { message, stack } = typeof value === 'object' && value !== null ? value : {};
  if (typeof message === 'string' && (stack === undefined || typeof stack === 'string')) {
    return { message, ...(stack !== undefined && { stack }) };
  }
  throw new RequestError(
    400,
    'the body is JSON without a text "message"; send {"message": "…"} with a "stack" beside it if there is one, or text. Nothing was changed',
  );
}

function progressOf(body: Buffer, isJson: boolean): { fraction?: unknown; text?: unknown } {
  if (isJson) {
    const value = jsonOf(body) as { fraction?: unknown; text?: unknown } | null;
    const { fraction, text } = typeof value === 'object' && value !== null ? value : {};
    if (typeof fraction === 'number' && (text === undefined || typeof text === 'string')) return { fraction, text };
  } else {
    const [, fraction, text] = /^\s*(\d*\.?\d+)(?:\s+(.*\S))?\s*$/s.exec(body.toString()) ?? [];
    if (fraction !== undefined) return { fraction: Number(fraction), text };
  }
  throw new RequestError(
    400,
    'the body says no progress; send a number from 0 to 1 and words, such as 0.5 page 3, or JSON: {"fraction": 0.5, "text": "page 3"}',
  );
}

function lineOf(body: Buffer, isJson: boolean): { text: string; fields?: object } {
  if (!isJson) return { text: body.toString().replace(/\s+$/, '') };
  const value = jsonOf(body) as { text?: unknown; fields?: unknown } | null;
  const { text, fields } = typeof value === 'object' && value !== null ? value : {};
  const areFields = typeof fields === 'object' && fields !== null && !Array.isArray(fields);
  if (typeof text === 'string' && (fields === undefined || areFields)) {
    return { text, ...(areFields && { fields: fields as object }) };
  }
  throw new RequestError(
    400,
    'the body is JSON without a text "text"; send {"text": "…"} with an object "fields" beside it if there are any, or text',
  );
}

/** The runtime says what is wrong with what it is given. */
function refuseThrown(status: number, act: () => void): void {
  try {
    act();
  } catch (error) {
    throw new RequestError(status, `${textOf(error).replace(/^\w+Error: /, '')}. Nothing was changed`);
  }
}
