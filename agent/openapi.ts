const REFUSALS: Readonly<Record<string, string>> = {
  400: 'Malformed; nothing was changed.',
  404: 'No such take.',
  408: 'The body took longer than 30 s; nothing was changed.',
  409: 'The take was settled otherwise, was lost, or should be given up: `state` says which.',
  413: 'More than is allowed; nothing was changed.',
};

/** What the agent answers, as a document for programs and for those who generate clients (OpenAPI 3.1). */
export const OPENAPI = {
  openapi: '3.1.0',
  info: {
    title: 'Work agent of a Redis work queue',
    version: '1',
    description:
      'A program takes items here, works on them, and says how that went. The agent holds leases, retries and limits, and decides whether the queue is drained. Only programs in the same pod reach it.',
    license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
  },
  servers: [
    { url: 'http://127.0.0.1:7440', description: 'WORK_QUEUE_AGENT, and on the socket WORK_QUEUE_AGENT_SOCKET' },
  ],
  paths: {
    '/take': {
      post: {
        operationId: 'take',
        summary: 'Waits for the next item.',
        parameters: [ref('parameters', 'wait'), ref('parameters', 'as')],
        responses: taken(),
      },
    },
    '/items/{take}': {
      parameters: [ref('parameters', 'take')],
      get: {
        operationId: 'look',
        summary: 'Whether the item is still held, and worth the work.',
        responses: {
          200: json('It is.', { type: 'object', required: ['state'], properties: { state: { const: 'held' } } }),
          ...refused('404', '409'),
        },
      },
    },
    '/items/{take}/done': settle({
      operationId: 'done',
      summary: 'The item is done. The body is its result, which is kept; none where there is none.',
      content: {
        'application/json': { schema: {} },
        'text/plain': { schema: { type: 'string' } },
        '*/*': { schema: { type: 'string', description: 'Kept as text.' } },
      },
    }),
    '/items/{take}/fail': settle({
      operationId: 'fail',
      summary: 'The attempt has failed: tried again, until all attempts are used up.',
      parameters: [
        query('retry', { type: 'boolean', default: true }, 'false: a dead letter at once, whatever attempts are left.'),
      ],
      content: {
        'text/plain': { schema: { type: 'string' } },
        'application/json': {
          schema: {
            type: 'object',
            required: ['message'],
            properties: { message: { type: 'string' }, stack: { type: 'string' } },
          },
        },
      },
    }),
    '/items/{take}/later': settle({
      operationId: 'later',
      summary: 'Not now: the item is due again after so many seconds, and no attempt is charged.',
      parameters: [{ ...query('in', SECONDS(), 'For so many seconds.'), required: true }],
      content: { 'text/plain': { schema: { type: 'string', description: 'Why, for the log.' } } },
    }),
    '/items/{take}/add': {
      parameters: [ref('parameters', 'take')],
      post: {
        operationId: 'add',
        summary: 'Items that enter the queue in the same step that books this one as done, and not without it.',
        parameters: [
          query(
            'key',
            { type: 'string' },
            'A field of each item, or `.` for all of it: with the same key, one enters.',
          ),
          query('front', { type: 'boolean', default: false }, 'Before everything that waits.'),
        ],
        requestBody: {
          content: {
            'application/json': {
              schema: { type: 'array', description: 'Strings as they are, anything else as JSON.' },
            },
            'text/plain': { schema: { type: 'string', description: 'One item a line.' } },
          },
        },
        responses: {
          200: json('They will.', { type: 'object', properties: { added: { type: 'integer' } } }),
          ...refused('400', '404', '408', '409', '413'),
        },
      },
    },
    '/items/{take}/checkpoint': note('put', {
      operationId: 'checkpoint',
      summary:
        'What the next attempt gets as `resumed`, should this one not come to its end: at most 64 KiB. Of an item that should be given up it is kept too, and the answer has the `state`.',
      content: { 'application/json': { schema: {} } },
    }),
    '/items/{take}/progress': note('put', {
      operationId: 'progress',
      summary: 'How far it is, from 0 to 1, and in words.',
      content: {
        'text/plain': { schema: { type: 'string', examples: ['0.5 page 3'] } },
        'application/json': {
          schema: {
            type: 'object',
            required: ['fraction'],
            properties: { fraction: { type: 'number', minimum: 0, maximum: 1 }, text: { type: 'string' } },
          },
        },
      },
    }),
    '/items/{take}/log': note('post', {
      operationId: 'log',
      summary: 'A line of the log of the agent, with the number of the item.',
      parameters: [query('level', { enum: ['debug', 'info', 'warn', 'error'], default: 'info' }, 'Its level.')],
      content: {
        'text/plain': { schema: { type: 'string' } },
        'application/json': {
          schema: {
            type: 'object',
            required: ['text'],
            properties: { text: { type: 'string' }, fields: { type: 'object' } },
          },
        },
      },
    }),
    '/slow-down': {
      post: {
        operationId: 'slowDown',
        summary: 'Nobody is handed anything of this queue for so many seconds.',
        parameters: [{ ...query('for', SECONDS(), 'For so many seconds.'), required: true }],
        responses: { 200: json('So it is.', { type: 'object' }), ...refused('400', '409') },
      },
    },
    '/health': {
      get: { operationId: 'health', summary: 'Whether the agent listens.', responses: { 200: text('`ok`.') } },
    },
    '/openapi.json': {
      get: { operationId: 'openapi', summary: 'This document.', responses: { 200: json('It.', { type: 'object' }) } },
    },
    '/': {
      get: { operationId: 'help', summary: 'A short help, with a worker in bash.', responses: { 200: text('It.') } },
    },
  },
  components: {
    parameters: {
      take: {
        name: 'take',
        in: 'path',
        required: true,
        description: 'What a take answered: the name of one delivery of an item.',
        schema: { type: 'string' },
      },
      wait: query(
        'wait',
        SECONDS(),
        'Waits for so many seconds at most, then answers 204. As long as it takes, if not given.',
      ),
      as: query(
        'as',
        { enum: ['json', 'text'], default: 'json' },
        'text: a line with the take, and then the payload as it is.',
      ),
      andTake: query(
        'take',
        { type: 'boolean', default: false },
        'Answers as `POST /take` does, once this is settled.',
      ),
    },
    schemas: {
      Item: {
        type: 'object',
        required: ['take', 'id', 'attempt', 'postponed', 'token'],
        properties: {
          take: { type: 'string', description: 'Names this delivery in the calls that follow.' },
          id: { type: 'integer', description: 'Number of the item in its queue; the same in every attempt.' },
          attempt: { type: 'integer', minimum: 1 },
          postponed: { type: 'integer', description: 'How often it was put off.' },
          token: {
            type: 'string',
            description: 'Fencing token: a later delivery of any item has a greater one, compared as text.',
          },
          payload: { type: 'string' },
          payloadBase64: { type: 'string', description: 'In place of `payload` where that is not UTF-8.' },
          resumed: { description: 'What an earlier attempt left as a checkpoint.' },
        },
      },
      End: {
        type: 'object',
        required: ['end', 'code', 'message'],
        properties: {
          end: { enum: ['drained', 'stopped', 'cancelled', 'failed'] },
          code: { type: 'integer', description: 'The exit code of the agent.' },
          message: { type: 'string' },
        },
      },
      Refusal: {
        type: 'object',
        required: ['message'],
        properties: {
          message: { type: 'string', description: 'What was given, what is allowed, how to fix it.' },
          state: {
            enum: ['done', 'fail', 'later', 'lost', 'timeout', 'stopped', 'cancelled', 'ended'],
            description: 'With 409: what has become of the take.',
          },
        },
      },
    },
  },
};

type Schema = Record<string, unknown>;

function SECONDS(): Schema {
  return { type: 'number', minimum: 0, maximum: 31_536_000 };
}

function ref(kind: 'parameters' | 'schemas', name: string): Schema {
  return { $ref: `#/components/${kind}/${name}` };
}

function query(name: string, schema: Schema, description: string): Schema {
  return { name, in: 'query', required: false, description, schema };
}

function json(description: string, schema: Schema): Schema {
  return { description, content: { 'application/json': { schema } } };
}

function text(description: string): Schema {
  return { description, content: { 'text/plain': { schema: { type: 'string' } } } };
}

function refused(...statuses: string[]): Schema {
  return Object.fromEntries(
    statuses.map((status) => [status, json(REFUSALS[status] as string, ref('schemas', 'Refusal'))]),
  );
}

/** What a take answers. */
function taken(): Schema {
  return {
    200: {
      description: 'An item.',
      content: { 'application/json': { schema: ref('schemas', 'Item') }, 'text/plain': { schema: { type: 'string' } } },
    },
    204: { description: 'None came within the time of `wait`.' },
    410: json('All is done: end.', ref('schemas', 'End')),
    503: json('The agent hands out nothing more: end.', ref('schemas', 'End')),
    ...refused('400'),
  };
}

interface OfItem {
  readonly operationId: string;
  readonly summary: string;
  readonly parameters?: readonly Schema[];
  readonly content: Schema;
}

function settle({ operationId, summary, parameters = [], content }: OfItem): Schema {
  return {
    parameters: [ref('parameters', 'take')],
    post: {
      operationId,
      summary,
      parameters: [...parameters, ...['andTake', 'wait', 'as'].map((name) => ref('parameters', name))],
      requestBody: { required: false, content },
      responses: {
        ...taken(),
        200: {
          description: 'Settled; `repeated` where it was before. With `take`: the next item.',
          content: {
            'application/json': {
              schema: {
                oneOf: [{ type: 'object', properties: { repeated: { const: true } } }, ref('schemas', 'Item')],
              },
            },
          },
        },
        ...refused('400', '404', '408', '409', '413'),
      },
    },
  };
}

function note(method: 'put' | 'post', { operationId, summary, parameters = [], content }: OfItem): Schema {
  return {
    parameters: [ref('parameters', 'take')],
    [method]: {
      operationId,
      summary,
      parameters,
      requestBody: { required: true, content },
      responses: { 200: json('Noted.', { type: 'object' }), ...refused('400', '404', '408', '409', '413') },
    },
  };
}
