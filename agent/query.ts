import { delayProblem } from '../worker/errors';
import { RequestError } from './request-error';

/** What a query may say, and how it is read. */
export interface QueryFields {
  /** Settles and takes in one call. */
  readonly take?: boolean;
  /** For how long to wait for an item, in ms. */
  readonly wait?: number;
  readonly as?: 'text' | 'json';
  readonly retry?: boolean;
  /** In ms. */
  readonly in?: number;
  /** In ms. */
  readonly for?: number;
  readonly key?: string;
  readonly front?: boolean;
  readonly level?: 'debug' | 'info' | 'warn' | 'error';
}

export type QueryName = keyof QueryFields;

/** How a field of a query is read, and described. */
export interface QueryField {
  readonly allowed: string;
  /** Undefined: not what is allowed. */
  read(text: string): QueryFields[QueryName] | undefined;
}

const SECONDS: QueryField = {
  allowed: 'seconds, from 0 to 31536000, such as 30 or 0.5',
  read(text) {
    const seconds = /^\d+(\.\d+)?$|^\.\d+$/.test(text) ? Number(text) : Number.NaN;
    return delayProblem(1_000 * seconds) ? undefined : 1_000 * seconds;
  },
};

const FLAG: QueryField = {
  allowed: 'true or false; the name alone is true',
  read: (text) => (text === '' || text === 'true' ? true : text === 'false' ? false : undefined),
};

function oneOf(...values: string[]): QueryField {
  return {
    allowed: values.join(', '),
    read: (text) => (values.includes(text) ? (text as QueryFields['as']) : undefined),
  };
}

const KEY: QueryField = {
  allowed: 'the name of a field of each item, or . for the whole item',
  read: (text) => (text === '' ? undefined : text),
};

export const QUERY: Readonly<Record<QueryName, QueryField>> = {
  take: FLAG,
  wait: SECONDS,
  as: oneOf('text', 'json'),
  retry: FLAG,
  in: SECONDS,
  for: SECONDS,
  key: KEY,
  front: FLAG,
  level: oneOf('debug', 'info', 'warn', 'error'),
};

/**
 * Reads the query of a request.
 *
 * @throws RequestError 400: a field that the call has not, one given twice, or a value that is not allowed
 */
export function readQuery(text: string, names: readonly QueryName[], required: readonly QueryName[]): QueryFields {
  const query: Record<string, unknown> = {};
  for (const [name, value] of new URLSearchParams(text)) {
    if (!names.includes(name as QueryName)) {
      const allowed = names.length === 0 ? 'it has none' : `allowed are ${names.join(', ')}`;
      throw new RequestError(400, `the query has the field ${shown(name)}, which this call has not: ${allowed}`);
    }
    if (name in query) throw new RequestError(400, `the query has the field ${name} twice; give it once`);
    const { allowed, read } = QUERY[name as QueryName];
    const read_ = read(value);
    if (read_ === undefined) throw new RequestError(400, `${name} is ${shown(value)}; allowed: ${allowed}`);
    query[name] = read_;
  }
  for (const name of required) {
    if (!(name in query)) throw new RequestError(400, `?${name}= is missing; allowed: ${QUERY[name].allowed}`);
  }
  return query;
}

function shown(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}
