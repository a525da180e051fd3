import { DEFINED_IN, ENCODED, EXIT } from '../contract';
import { withExitCode } from '../errors';
import { describeGiven, optionsProblem, queueNameProblem } from '../settings';

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
  /** What is wrong. */
  readonly message: string;
  /** Where in the value, from the outside in. */
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** Thrown where an item does not fit the schema of its queue; says which item, where and what is wrong. */
export class InvalidItemError extends Error {
  override readonly name = 'InvalidItemError';
  constructor(
    message: string,
    /** What the schema found wrong with it. */
    readonly issues: readonly SchemaIssue[] = [],
  ) {
    super(message);
  }
}

/** What stands in the list: `text`, a string as it was pushed; `json`, checked by the schema; `bytes`, anything. */
export type PayloadKind = 'text' | 'json' | 'bytes';

/** A queue as the worker sees it: what comes out of it, and what handlers may add. */
// biome-ignore lint/suspicious/noExplicitAny: a queue that says nothing of what is filled in
export interface QueueOf<Output, Input = any> {
  /** Name of the list in Redis. */
  readonly name: string;
  /** What a payload is. */
  readonly payload: PayloadKind;
  /** Checks a payload when it is filled in and before it is run. */
  readonly schema?: StandardSchema<unknown, Output>;
  /** The payload of one item, checked. */
  encode?(item: Input): string | Uint8Array;
}

/**
 * A queue, as the chart, whatever fills it and the worker see it. Made by {@link defineQueue}.
 *
 * @typeParam Input what is filled in
 * @typeParam Output what the handler is given; other than `Input` where the schema transforms
 */
export interface Queue<Input, Output = Input> extends QueueOf<Output, Input> {
  /**
   * The payloads of the given items, for the `items` of a chart: with the types of the queue, which a chart does not have.
   *
   * @throws InvalidItemError an item does not fit the schema, or the schema is asynchronous
   * @example
   * new RedisWorkQueueJob(chart, 'thumbs', { queue: thumbnails, items: thumbnails.items([{ url: 'https://…', width: 200 }]), … });
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
  /**
   * Name of the list in Redis; braces are not allowed.
   *
   * @example name: 'thumbnails'
   */
  readonly name: string;
}

/** Options of {@link defineQueue} for a queue of bytes. */
export interface BytesQueueOptions extends TextQueueOptions {
  /**
   * Items are bytes, exactly as they were pushed.
   *
   * @example payload: 'bytes'
   */
  readonly payload: 'bytes';
}

/** Options of {@link defineQueue} for a queue of JSON items with a schema. */
export interface SchemaQueueOptions<Input, Output> extends TextQueueOptions {
  /**
   * A Standard Schema: zod, valibot, arktype, …
   *
   * @example schema: z.object({ url: z.url(), width: z.int() })
   */
  readonly schema: StandardSchema<Input, Output>;
}

/**
 * Defines a queue once, for the chart, for whatever fills it and for the worker. It is light: it opens no connection and
 * loads neither ioredis nor cdk8s.
 *
 * Without a schema, items are strings, exactly as `rpush` wrote them. With one, they are JSON, checked when they are
 * filled in and before they are run. With `payload: 'bytes'`, they are `Uint8Array`s.
 *
 * @throws TypeError the name is empty or contains a brace, a line break or another control character; the schema is no
 * Standard Schema; an option does not exist. A process that does not catch it ends with 81, the exit code of a wrong configuration.
 * @example
 * export const fruit = defineQueue({ name: 'job2' });
 * @example
 * export const thumbnails = defineQueue({ name: 'thumbnails', schema: z.object({ url: z.url(), width: z.int() }) });
 */
export function defineQueue(options: BytesQueueOptions): Queue<Uint8Array>;
export function defineQueue<Input, Output>(options: SchemaQueueOptions<Input, Output>): Queue<Input, Output>;
export function defineQueue(options: TextQueueOptions): Queue<string>;
export function defineQueue(options: TextQueueOptions & { payload?: unknown; schema?: unknown }): Queue<never, never> {
  const problem =
    optionsProblem('defineQueue', options, { name: true, payload: true, schema: true }) ??
    queueNameProblem(options.name) ??
    payloadProblem(options);
  if (problem) throw withExitCode(new TypeError(problem), EXIT.configuration);
  const { name } = options;
  const schema = options.schema as StandardSchema<unknown, unknown> | undefined;
  const payload: PayloadKind = schema ? 'json' : options.payload === 'bytes' ? 'bytes' : 'text';
  const encode = schema
    ? (item: unknown) => encodeJson(name, schema, item)
    : payload === 'bytes'
      ? encodeBytes
      : encodeText;

  const queue: Queue<never, never> = {
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
      return Object.defineProperty(payloads, ENCODED, { value: name });
    },
  };
  return Object.defineProperty(queue, DEFINED_IN, { value: callerOf(defineQueue) });
}

/** The file that called a function, as a stack names it; a chart compares it with what its entry imports. */
function callerOf(called: (...args: never[]) => unknown): string | undefined {
  const here: { stack?: unknown } = {};
  Error.captureStackTrace?.(here, called);
  return /^.*\n\s+at (?:.*\()?(?:file:\/\/)?(\/.*?|[A-Za-z]:.*?):\d+:\d+\)?(?:\n|$)/.exec(String(here.stack))?.[1];
}

function encodeBytes(item: unknown): Uint8Array {
  if (item instanceof Uint8Array) return item;
  throw new InvalidItemError(`expected a Uint8Array, got ${describeGiven(item)}`);
}

function encodeText(item: unknown): string {
  if (typeof item !== 'string') throw new InvalidItemError(`expected a string, got ${describeGiven(item)}`);
  // With the flag u, whole pairs do not match.
  if (/\p{Surrogate}/u.test(item)) {
    throw new InvalidItemError(
      `${describeGiven(item)} holds half of a surrogate pair, which is not text; queue such data with payload: 'bytes'`,
    );
  }
  return item;
}

function encodeJson(name: string, schema: StandardSchema, item: unknown): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(item);
  } catch (error) {
    throw new InvalidItemError(`it cannot be written as JSON: ${String(error).split('\n')[0]}`);
  }
  if (text === undefined) throw new InvalidItemError(`it cannot be written as JSON: ${describeGiven(item)}`);
  // What a worker will see, not what is at hand: a Date is a string by then.
  const issues = issuesOf(name, schema, JSON.parse(text));
  if (!issues) return text;
  const asIs = issuesOf(name, schema, item);
  if (asIs) throw new InvalidItemError(describeIssues(asIs), asIs);
  throw new InvalidItemError(
    `it fits the schema, but its JSON in the queue does not: ${describeIssues(issues)}`,
    issues,
  );
}

function issuesOf(name: string, schema: StandardSchema, value: unknown): readonly SchemaIssue[] | undefined {
  let result: SchemaResult<unknown> | Promise<SchemaResult<unknown>>;
  try {
    result = schema['~standard'].validate(value);
  } catch (error) {
    throw new InvalidItemError(`the schema threw: ${String(error)}`);
  }
  if (!('then' in result)) return result.issues;
  result.then(undefined, () => undefined);
  throw new InvalidItemError(
    `the schema of the queue ${name} is asynchronous, and items are checked synchronously; use a synchronous schema, and do asynchronous checks in the handler`,
  );
}

function payloadProblem({ name, payload, schema }: { name: string; payload?: unknown; schema?: unknown }) {
  if (payload !== undefined && payload !== 'bytes') {
    return `payload of the queue ${name} is ${describeGiven(payload)}: allowed is 'bytes'; leave it out for text, or give a schema for JSON`;
  }
  if (schema === undefined) return undefined;
  if (payload !== undefined)
    return `the queue ${name} has a schema and payload 'bytes': a schema is for JSON; leave one of them out`;
  const standard = (schema as Partial<StandardSchema> | null)?.['~standard'];
  if (standard?.version === 1 && typeof standard.validate === 'function') return undefined;
  return `schema of the queue ${name} is ${describeGiven(schema)}: allowed is a Standard Schema (https://standardschema.dev), such as one of zod 3.24, valibot 1.0, arktype 2.0 or later`;
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
