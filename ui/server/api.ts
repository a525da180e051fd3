import type { IncomingMessage, ServerResponse } from 'node:http';
import { queueNameProblem } from '../../worker/settings';
import type { Changed, DeadGroups, ItemState, QueueList } from '../api';
import { answerJson } from './answer';
import { readBody } from './body';
import { changeDead, groupDead, listDead, showDead } from './dead-letters';
import type { Guard } from './guard';
import { listItems } from './items';
import { Live } from './live';
import { Refusal } from './refusal';
import { expectNothing, selectedBy } from './selection';
import type { StoreWatch } from './store-watch';

export interface ApiOptions {
  readonly watch: StoreWatch;
  readonly guard: Guard;
  /** `host:port`. */
  readonly store: string;
  readonly writable: boolean;
}

/** A request, taken apart. */
interface Call {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly query: URLSearchParams;
  /** Aborted when nobody waits for the answer any more. */
  readonly gone: AbortSignal;
}

const CHANGES = ['pause', 'resume', 'cancel', 'dead/retry', 'dead/drop'] as const;
type Change = (typeof CHANGES)[number];

/** Answers what the page asks. */
export class Api {
  private readonly live: Live;
  /** Groups of dead letters that are being read: many pages may ask at once, and each time all letters are read. */
  private readonly grouping = new Map<string, Promise<DeadGroups>>();

  constructor(private readonly options: ApiOptions) {
    this.live = new Live(options.watch, () => this.list());
  }

  /** @param path below `/api/`, not decoded */
  async answer(
    request: IncomingMessage,
    response: ServerResponse,
    path: string,
    query: URLSearchParams,
  ): Promise<void> {
    const leaving = new AbortController();
    response.on('close', () => leaving.abort());
    const call = { request, response, query, gone: leaving.signal };
    const [first, encoded, ...rest] = path.split('/');
    const what = rest.join('/');
    if (first === 'events' && encoded === undefined) return this.events(call);
    if (first !== 'queues') throw notFound(path);
    if (encoded === undefined) {
      expectMethod(request, 'GET');
      await this.options.watch.rows();
      return answerJson(response, 200, this.list());
    }
    const name = nameIn(encoded);
    if (CHANGES.includes(what as Change)) return this.change(call, name, what as Change);
    expectMethod(request, 'GET');
    answerJson(response, 200, await this.look(call, name, what));
  }

  private list(): QueueList {
    const { store, writable, watch } = this.options;
    return { store, writable, queues: watch.shown };
  }

  private events({ request, response, query }: Call): void {
    expectMethod(request, 'GET');
    const queue = query.get('queue');
    this.live.join(response, queue === null ? undefined : nameIn(encodeURIComponent(queue)));
  }

  private async look({ query, gone }: Call, name: string, what: string): Promise<unknown> {
    const { watch } = this.options;
    const known = await watch.at(name);
    if (!known) throw noQueue(name);
    const [, id] = /^dead\/(\d{1,15})$/.exec(what) ?? [];
    if (id !== undefined) {
      const letter = await watch.use(name, (queue) => showDead(queue, Number(id)));
      if (!letter)
        throw new Refusal(
          404,
          `${name} has no dead letter ${id}. It was retried or dropped meanwhile, or never was one.`,
        );
      return letter;
    }
    switch (what) {
      case '':
        return known.view;
      case 'items': {
        const wanted = {
          state: stateIn(query),
          search: query.get('search') || undefined,
          limit: wholeNumber(query, 'limit', 50, 1_000),
        };
        return watch.use(name, (queue) => listItems(queue, wanted), gone);
      }
      case 'dead': {
        const kind = query.get('kind');
        if (kind === null && !query.has('limit')) return this.groups(name);
        const limit = wholeNumber(query, 'limit', 50, 1_000);
        return watch.use(name, (queue) => listDead(queue, kind ?? undefined, limit), gone);
      }
      default:
        throw notFound(what);
    }
  }

  private groups(name: string): Promise<DeadGroups> {
    const known = this.grouping.get(name);
    if (known) return known;
    const groups = this.options.watch.use(name, groupDead).finally(() => {
      if (this.grouping.get(name) === groups) this.grouping.delete(name);
    });
    this.grouping.set(name, groups);
    return groups;
  }

  private async change({ request, response }: Call, name: string, what: Change): Promise<void> {
    const { watch, guard, writable } = this.options;
    expectMethod(request, 'POST');
    guard.checkChange(request);
    if (!writable) throw new Refusal(403, 'This page only looks. To change queues with it, start `rwq ui --write`.');
    const body = await readBody(request);
    const act = this.actOf(what, body);
    const changed = await watch.use(name, async (queue) => {
      if (!(await queue.exists())) throw noQueue(name);
      return act(queue);
    });
    this.grouping.delete(name);
    await watch.at(name);
    answerJson(response, 200, { changed } satisfies Changed);
  }

  private actOf(what: Change, body: Readonly<Record<string, unknown>>) {
    type Queue = Parameters<typeof changeDead>[0];
    if (what === 'dead/retry' || what === 'dead/drop') {
      const selected = selectedBy(body);
      return (queue: Queue) => changeDead(queue, what === 'dead/retry' ? 'retry' : 'drop', selected);
    }
    expectNothing(body);
    return async (queue: Queue): Promise<number> => {
      if (what === 'cancel') return queue.cancel();
      const { paused } = await queue.status();
      await queue[what]();
      return Number(paused !== (what === 'pause'));
    };
  }
}

/** @throws Refusal it cannot be the name of a queue */
function nameIn(encoded: string): string {
  let name: string;
  try {
    name = decodeURIComponent(encoded);
  } catch {
    throw new Refusal(
      400,
      `The name of the queue is ${JSON.stringify(encoded)}, which is no UTF-8 in percent-encoding.`,
    );
  }
  const problem = queueNameProblem(name);
  if (problem) throw new Refusal(400, problem);
  return name;
}

const STATES: readonly ItemState[] = ['waiting', 'running', 'retrying'];

function stateIn(query: URLSearchParams): ItemState | undefined {
  const text = query.get('state') || undefined;
  if (text === undefined || STATES.includes(text as ItemState)) return text as ItemState | undefined;
  throw new Refusal(400, `state is ${JSON.stringify(text)}; allowed are ${STATES.join(', ')}, or none for all.`);
}

function wholeNumber(query: URLSearchParams, name: string, otherwise: number, most: number): number {
  const text = query.get(name);
  if (text === null) return otherwise;
  const value = Number(text);
  if (!/^\d{1,9}$/.test(text) || value < 1 || value > most) {
    throw new Refusal(400, `${name} is ${JSON.stringify(text)}; allowed are whole numbers from 1 to ${most}.`);
  }
  return value;
}

function expectMethod({ method }: IncomingMessage, allowed: 'GET' | 'POST'): void {
  if (method === allowed || (method === 'HEAD' && allowed === 'GET')) return;
  throw new Refusal(405, `The method is ${method}; allowed is ${allowed}.`, { allow: allowed });
}

function noQueue(name: string): Refusal {
  return new Refusal(404, `There is no queue ${name} in this Redis. It was purged, or its name is another one.`);
}

function notFound(path: string): Refusal {
  return new Refusal(404, `There is nothing at ${path.slice(0, 100)}; docs/ui.md has what this server answers.`);
}
