/** The part of Standard Schema v1 that is used here; zod, valibot, arktype and others implement it. */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

/** What a Standard Schema says of a value. */
export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

/** What is wrong with a value, and where. */
export interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** Thrown where an item does not fit the schema of its queue; says which item, where and what is wrong. */
export class InvalidItemError extends Error {
  override readonly name = 'InvalidItemError';
  constructor(
    message: string,
    readonly issues: readonly SchemaIssue[] = [],
  ) {
    super(message);
  }
}

/** What stands in the list: `text`, a string as it was pushed; `json`, checked by the schema; `bytes`, anything. */
export type PayloadKind = 'text' | 'json' | 'bytes';

/** A queue as the worker sees it: what comes out of it. */
export interface QueueOf<Output> {
  /** Name of the list in Redis. */
  readonly name: string;
  /** What a payload is. */
  readonly payload: PayloadKind;
  /** Checks a payload when it is filled in and before it is run. */
  readonly schema?: StandardSchema<unknown, Output>;
}

/**
 * A queue, as the chart, whatever fills it and the worker see it. Made by {@link defineQueue}.
 *
 * @typeParam Input what is filled in
 * @typeParam Output what the handler is given; other than `Input` where the schema transforms
 */
export interface Queue<Input, Output = Input> extends QueueOf<Output> {
  /**
   * The payloads of the given items, for the `items` of a chart.
   *
   * @throws InvalidItemError an item does not fit the schema, or the schema is asynchronous
   * @example
   * new RedisWorkQueueJob(chart, 'thumbs', { items: thumbnails.items([{ url: 'https://…', width: 200 }]), … });
   */
  items(items: Iterable<Input>): string[];
  /**
   * The payload of one item, checked.
   *
   * @throws InvalidItemError the item does not fit the schema, or the schema is asynchronous
   */
  encode(item: Input): string | Uint8Array;
}

/** Options of {@link defineQueue} for a queue of plain strings. */
export interface TextQueueOptions {
  /** Name of the list in Redis; braces are not allowed. */
  readonly name: string;
}

/** Options of {@link defineQueue} for a queue of bytes. */
export interface BytesQueueOptions extends TextQueueOptions {
  readonly payload: 'bytes';
}

/** Options of {@link defineQueue} for a queue of JSON items with a schema. */
export interface SchemaQueueOptions<Input, Output> extends TextQueueOptions {
  /** A Standard Schema: zod, valibot, arktype, … */
  readonly schema: StandardSchema<Input, Output>;
}

/**
 * Defines a queue once, for the chart, for whatever fills it and for the worker. It is light: it opens no connection and
 * loads neither ioredis nor cdk8s.
 *
 * Without a schema, items are strings, exactly as `rpush` wrote them. With one, they are JSON, checked when they are
 * filled in and before they are run. With `payload: 'bytes'`, they are `Uint8Array`s.
 *
 * @throws TypeError the name is empty or contains a brace, a line break or another control character
 * @example
 * export const fruit = defineQueue({ name: 'job2' });
 * @example
 * export const thumbnails = defineQueue({ name: 'thumbnails', schema: z.object({ url: z.url(), width: z.int() }) });
 */
export function defineQueue(options: BytesQueueOptions): Queue<Uint8Array>;
export function defineQueue<Input, Output>(options: SchemaQueueOptions<Input, Output>): Queue<Input, Output>;
export function defineQueue(options: TextQueueOptions): Queue<string>;
export function defineQueue(options: TextQueueOptions & { payload?: 'bytes'; schema?: unknown }): Queue<never, never> {
  const { name } = options;
  const schema = options.schema as StandardSchema<unknown, unknown> | undefined;
  const problem = queueNameProblem(name);
  if (problem) throw new TypeError(problem);
  const payload: PayloadKind = schema ? 'json' : (options.payload ?? 'text');

  const encode = (item: unknown): string | Uint8Array => {
    if (payload === 'bytes') {
      if (!(item instanceof Uint8Array)) throw new InvalidItemError(`expected a Uint8Array, got ${describe(item)}`);
      return item;
    }
    if (!schema) {
      if (typeof item !== 'string') throw new InvalidItemError(`expected a string, got ${describe(item)}`);
      return item;
    }
    const result = schema['~standard'].validate(item);
    if (result instanceof Promise) {
      result.catch(() => undefined);
      throw new InvalidItemError(
        `the schema of the queue ${name} is asynchronous, and items are checked in one go; use a synchronous schema`,
      );
    }
    if (result.issues) throw new InvalidItemError(describeIssues(result.issues), result.issues);
    const text = JSON.stringify(item) as string | undefined;
    if (text === undefined) throw new InvalidItemError(`${describe(item)} has no JSON`);
    return text;
  };

  return {
    name,
    payload,
    ...(schema && { schema: schema as StandardSchema<never, never> }),
    encode,
    items(items: Iterable<unknown>): string[] {
      const payloads: string[] = [];
      for (const item of items) {
        try {
          const encoded = encode(item);
          if (typeof encoded !== 'string') {
            throw new InvalidItemError('items of a chart are text; fill a queue of bytes with WorkQueue.fill()');
          }
          payloads.push(encoded);
        } catch (error) {
          if (!(error instanceof InvalidItemError)) throw error;
          throw new InvalidItemError(`items[${payloads.length}] of the queue ${name}: ${error.message}`, error.issues);
        }
      }
      return payloads;
    },
  };
}

/** What is wrong with a queue name, or nothing. */
export function queueNameProblem(name: unknown): string | undefined {
  if (typeof name !== 'string' || name === '') {
    return `queue name ${JSON.stringify(name)}: give the name of the list in Redis, such as "job2"`;
  }
  if (/[{}]/.test(name)) {
    return `queue name ${JSON.stringify(name)}: braces are not allowed, they would move the list to another cluster slot than the queue's other keys; leave them out`;
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  if (/[\u0000-\u001f\u007f]/.test(name)) {
    return `queue name ${JSON.stringify(name)}: control characters are not allowed; leave them out`;
  }
  return undefined;
}

/** Issues of a schema on one line, each with its path. */
export function describeIssues(issues: readonly SchemaIssue[]): string {
  return issues
    .map(({ path, message }) => {
      const at = (path ?? []).map((part) => String(typeof part === 'object' ? part.key : part)).join('.');
      return at ? `${at}: ${message}` : message;
    })
    .join('; ');
}

function describe(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'an array' : `${typeof value} ${String(JSON.stringify(value)).slice(0, 60)}`;
}
