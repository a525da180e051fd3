import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { End, FromProgram, Note, Start, ToProgram } from './remote/wire';

/*
 * A program in an image of its own, as far as the agent knows: it takes items over HTTP, has the handler of a scenario run at
 * the other end of REMOTE_HANDLER, and does what that says. LANES is how many items it takes at once.
 */

/** What the agent hands out. */
type Taken = Omit<Start, 'call' | 'payload'> & {
  readonly take: string;
  readonly payload?: string;
  readonly payloadBase64?: string;
};

interface Reply {
  readonly status: number;
  readonly body: string;
}

/** How often it asks whether an item is still to be worked on, in ms. */
const CHECK_IN = 100;

const { WORK_QUEUE_AGENT: agent = '', REMOTE_HANDLER: path = '', LANES: lanes = '1' } = process.env;
const keepAlive = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });

async function main(): Promise<void> {
  await Promise.all(Array.from({ length: Number(lanes) }, lane));
  process.exit(0);
}

async function lane(): Promise<void> {
  for (;;) {
    const { status, body } = await call('POST', '/take');
    if (status === 410 || status === 503) return;
    if (status !== 200) throw new Error(`POST /take: ${status} ${body}`);
    await work(JSON.parse(body) as Taken);
  }
}

type Deed = Note | End;

const deeds = new Map<number, (deed: Deed) => void>();
let calls = 0;

/** From when an item is handed out until it is settled. */
async function work({ take, payload, payloadBase64, ...item }: Taken): Promise<void> {
  const call = ++calls;
  const toDo: Deed[] = [];
  let wake = () => {};
  deeds.set(call, (deed) => {
    toDo.push(deed);
    wake();
  });
  tell({ start: { ...item, call, payload: payloadBase64 ?? Buffer.from(payload ?? '').toString('base64') } });
  const checkIn = setInterval(() => void tellIfAborted(call, take), CHECK_IN);
  try {
    for (;;) {
      const deed = toDo.shift();
      if (!deed) await new Promise<void>((resolve) => (wake = resolve));
      else if (deed.do === 'return' || deed.do === 'throw') return await settle(take, deed);
      else {
        const refused = await note(take, deed);
        if (refused !== undefined) return await settle(take, { do: 'throw', kind: 'error', message: refused });
      }
    }
  } finally {
    clearInterval(checkIn);
    deeds.delete(call);
  }
}

/** Why an item is not to be worked on any more: what the agent says, and a handler in TypeScript. */
const REASONS: Readonly<Record<string, string>> = {
  lost: 'LeaseLostError',
  timeout: 'ItemTimeoutError',
  stopped: 'StoppedError',
  cancelled: 'CancelledError',
};

const aborted = new Set<number>();

async function tellIfAborted(call: number, take: string): Promise<void> {
  const { status, body } = await send('GET', `/items/${take}`);
  if (status !== 409 || aborted.has(call) || !deeds.has(call)) return;
  const { state, message } = JSON.parse(body) as { state: string; message: string };
  const reason = REASONS[state];
  if (reason === undefined) return;
  aborted.add(call);
  tell({ abort: { call, reason, message } });
}

/** @returns what the agent says where it does not take it */
async function note(take: string, deed: Note): Promise<string | undefined> {
  const { status, body } = await send(...requestOf(take, deed));
  // What is not to be worked on any more leaves no notes, and may still be settled.
  return status < 400 || status === 409 ? undefined : (JSON.parse(body) as { message: string }).message;
}

async function settle(take: string, deed: End): Promise<void> {
  const { status, body } = await send(...requestOf(take, deed));
  if (status >= 400 && status !== 409) throw new Error(`${deed.do} of ${take}: ${status} ${body}`);
}

type Request = [method: string, path: string, body?: string, type?: string];

const JSON_TYPE = 'application/json';

function requestOf(take: string, deed: Deed): Request {
  const item = `/items/${take}`;
  switch (deed.do) {
    case 'checkpoint':
      return ['PUT', `${item}/checkpoint`, JSON.stringify(deed.value), JSON_TYPE];
    case 'progress':
      return ['PUT', `${item}/progress`, JSON.stringify({ fraction: deed.fraction, text: deed.text }), JSON_TYPE];
    case 'log':
      return ['POST', `${item}/log?level=${deed.level}`, deed.text, 'text/plain'];
    case 'slowDown':
      return ['POST', `/slow-down?for=${deed.ms / 1_000}`];
    case 'add': {
      const items = deed.items.map((each) => Buffer.from(each, 'base64').toString('utf8'));
      if (deed.keys?.some((key, index) => key !== items[index])) throw new Error('over HTTP, an item is its own key');
      const query = new URLSearchParams({ ...(deed.keys && { key: '.' }), ...(deed.front && { front: 'true' }) });
      return ['POST', `${item}/add?${query}`, JSON.stringify(items), JSON_TYPE];
    }
    case 'return':
      if (deed.value === undefined) return ['POST', `${item}/done`];
      return ['POST', `${item}/done`, JSON.stringify(deed.value), JSON_TYPE];
    case 'throw':
      if (deed.kind === 'later') return ['POST', `${item}/later?in=${deed.ms / 1_000}`];
      return ['POST', `${item}/fail?retry=${deed.kind === 'error'}`, deed.message, 'text/plain'];
  }
}

/** As `send`, and again where the agent does not listen yet. */
async function call(...what: Request): Promise<Reply> {
  for (;;) {
    try {
      return await send(...what);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ECONNREFUSED') throw error;
      await sleep(50);
    }
  }
}

function send(method: string, path: string, body = '', type = 'text/plain'): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const headers = body === '' ? { 'content-length': 0 } : { 'content-type': type };
    const sent = request(agent + path, { agent: keepAlive, method, headers }, (reply) => {
      let text = '';
      reply.setEncoding('utf8').on('data', (part: string) => (text += part));
      reply.on('end', () => resolve({ status: reply.statusCode ?? 0, body: text })).on('error', reject);
    });
    sent.on('error', reject).end(body);
  });
}

const handler = connect(path);
createInterface({ input: handler }).on('line', (line) => {
  const deed = JSON.parse(line) as ToProgram & Deed;
  deeds.get(deed.call)?.(deed);
});

function tell(what: FromProgram): void {
  handler.write(`${JSON.stringify(what)}\n`);
}

void main().catch((error) => {
  console.error(error);
  process.exit(1);
});
