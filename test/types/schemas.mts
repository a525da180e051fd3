/*
 * What the compiler says of queues with schemas. Nothing here is run: types.test.ts compiles it against the package as
 * it is published.
 */
import { type } from 'arktype';
import { defineQueue, type Queue } from 'cdk8s-redis-work-queue/queue';
import { InMemoryQueue, runInMemory } from 'cdk8s-redis-work-queue/testing';
import {
  type AsJson,
  type BatchContext,
  type BatchWorkerOptions,
  type Handler,
  type ItemContext,
  type ResultOf,
  runWorker,
  startWorker,
  WorkQueue,
} from 'cdk8s-redis-work-queue/worker';
import { expectTypeOf } from 'expect-type';
import * as v from 'valibot';
import { z } from 'zod';

interface In {
  url: string;
  width: string;
  height?: number | undefined;
}
interface Out {
  url: string;
  width: number;
  height: number;
}
type Pair = readonly ['a' | 'b', number];

const zod = defineQueue({
  name: 'zod',
  schema: z.object({ url: z.url(), width: z.string().transform(Number), height: z.int().default(1) }),
});
expectTypeOf(zod).toEqualTypeOf<Queue<In, Out>>();

const valibot = defineQueue({
  name: 'valibot',
  schema: v.object({
    url: v.pipe(v.string(), v.url()),
    width: v.pipe(v.string(), v.transform(Number)),
    height: v.optional(v.number(), 1),
  }),
});
expectTypeOf(valibot).toEqualTypeOf<Queue<In, Out>>();

const arktype = defineQueue({
  name: 'arktype',
  schema: type({ url: 'string.url', width: 'string.numeric.parse', height: 'number = 1' }),
});
expectTypeOf(arktype).toEqualTypeOf<Queue<{ url: string; width: string; height?: number }, Out>>();

// Plain values, unions, tuples, brands and what only coerces.
expectTypeOf(defineQueue({ name: 'q', schema: z.int() })).toEqualTypeOf<Queue<number>>();
expectTypeOf(defineQueue({ name: 'q', schema: v.number() })).toEqualTypeOf<Queue<number>>();
expectTypeOf(defineQueue({ name: 'q', schema: type('number') })).toEqualTypeOf<Queue<number>>();
expectTypeOf(defineQueue({ name: 'q', schema: z.union([z.literal('a'), z.object({ b: z.number() })]) })).toEqualTypeOf<
  Queue<'a' | { b: number }>
>();
expectTypeOf(defineQueue({ name: 'q', schema: v.picklist(['a', 'b']) })).toEqualTypeOf<Queue<'a' | 'b'>>();
expectTypeOf(defineQueue({ name: 'q', schema: type("'a' | 'b'") })).toEqualTypeOf<Queue<'a' | 'b'>>();
expectTypeOf(defineQueue({ name: 'q', schema: z.tuple([z.enum(['a', 'b']), z.number()]).readonly() })).toExtend<
  Queue<never, Pair>
>();
expectTypeOf(defineQueue({ name: 'q', schema: z.coerce.number() })).toEqualTypeOf<Queue<unknown, number>>();
expectTypeOf(defineQueue({ name: 'q', schema: z.string().brand('Url') })).toEqualTypeOf<
  Queue<string, string & z.$brand<'Url'>>
>();

// Without a schema.
const text = defineQueue({ name: 'text' });
expectTypeOf(text).toEqualTypeOf<Queue<string>>();
const bytes = defineQueue({ name: 'bytes', payload: 'bytes' });
expectTypeOf(bytes).toEqualTypeOf<Queue<Uint8Array>>();

// What goes in is the schema's input …
zod.items([{ url: 'https://example.org', width: '200' }]);
zod.items([{ url: 'https://example.org', width: '200', height: 100 }]);
// @ts-expect-error the output is not the input
zod.items([{ url: 'https://example.org', width: 200, height: 100 }]);
// @ts-expect-error a field is missing
valibot.items([{ url: 'https://example.org' }]);
// @ts-expect-error a field is of another type
arktype.items([{ url: 'https://example.org', width: 200 }]);
// @ts-expect-error text is text
text.items([1]);
// @ts-expect-error text is not bytes
bytes.encode('a');

export async function fill(): Promise<void> {
  const queue = new WorkQueue(zod);
  expectTypeOf(queue).toEqualTypeOf<WorkQueue<In, Out>>();
  await queue.fill([{ url: 'https://example.org', width: '200' }]);
  await queue.fill(
    (async function* () {
      yield { url: 'https://example.org', width: '200' };
    })(),
  );
  // @ts-expect-error the output is not the input
  await queue.fill([{ url: 'https://example.org', width: 200, height: 1 }]);
  await new WorkQueue(bytes).fill([new Uint8Array()]);
  // @ts-expect-error bytes are no text
  await new WorkQueue(bytes).fill(['a']);
  for await (const { item } of queue.deadLetters()) expectTypeOf(item).toEqualTypeOf<Out | undefined>();
}

// … and what the handler is given is its output.
export async function work(): Promise<void> {
  await runWorker(zod, async (item, context) => {
    expectTypeOf(item).toEqualTypeOf<Out>();
    // biome-ignore lint/suspicious/noExplicitAny: nothing says what it leaves
    expectTypeOf(context).toEqualTypeOf<ItemContext<any, In>>();
    // What it adds is the input again.
    context.add([{ url: 'https://example.org', width: '200' }], { key: ({ url }) => url });
    // @ts-expect-error the output is not the input
    context.add([{ url: 'https://example.org', width: 200, height: 1 }]);
  });
  await runWorker(text, (_, { add }) => add(['a'], { front: true }));
  // @ts-expect-error bytes are no text
  await runWorker(bytes, (_, { add }) => add(['a']));
  await runWorker(valibot, ({ width }) => expectTypeOf(width).toEqualTypeOf<number>());
  await runWorker(arktype, ({ width }) => expectTypeOf(width).toEqualTypeOf<number>());
  await runWorker(text, (item) => expectTypeOf(item).toEqualTypeOf<string>());
  await runWorker(bytes, (item) => expectTypeOf(item).toEqualTypeOf<Uint8Array>());
  // @ts-expect-error the input is not the output
  await runWorker(zod, ({ width }: In) => width);
}

// What a handler returns is the type of its results, as JSON keeps it.
export async function results(): Promise<void> {
  const measure = async ({ width, height }: Out, { attempt }: ItemContext) => ({
    area: width * height,
    at: new Date(),
    note: attempt > 1 ? 'again' : undefined,
    parts: [[width, 'w']] as [number, string][],
    log: () => {},
  });
  interface Measured {
    area: number;
    at: string;
    note: string | undefined;
    parts: [number, string][];
  }
  expectTypeOf<ResultOf<typeof measure>>().toEqualTypeOf<Measured>();
  for await (const { item, result } of new WorkQueue(zod).results<ResultOf<typeof measure>>()) {
    expectTypeOf(item).toEqualTypeOf<Out | undefined>();
    expectTypeOf(result).toEqualTypeOf<Measured>();
  }
  for await (const { result } of new WorkQueue(zod).results()) expectTypeOf(result).toEqualTypeOf<unknown>();
  for await (const { result } of new WorkQueue(zod).results<number>()) expectTypeOf(result).toEqualTypeOf<number>();

  const count: Handler<Out, number> = async ({ width }) => width;
  const countNow: Handler<Out, number> = ({ width }) => width;
  expectTypeOf<ResultOf<typeof count>>().toEqualTypeOf<number>();
  expectTypeOf<ResultOf<typeof countNow>>().toEqualTypeOf<number>();
  // @ts-expect-error it returns something else
  const wrong: Handler<Out, number> = async ({ url }) => url;
  await runWorker(zod, count, { results: true });
  await startWorker(zod, count, { results: true }).drained;
  // @ts-expect-error a handler of other items
  startWorker(text, count);

  const together = async (items: Out[], { signal }: BatchContext) => items.map(({ width }) => [width, +signal.aborted]);
  for await (const { result } of new WorkQueue(zod).results<ResultOf<typeof together>[number]>()) {
    expectTypeOf(result).toEqualTypeOf<number[]>();
  }
  expectTypeOf<AsJson<void>>().toEqualTypeOf<null>();
  expectTypeOf<AsJson<unknown>>().toEqualTypeOf<unknown>();
  expectTypeOf<AsJson<bigint>>().toEqualTypeOf<never>();
  expectTypeOf<AsJson<readonly (Date | undefined)[]>>().toEqualTypeOf<readonly (string | null)[]>();
  expectTypeOf<AsJson<{ a?: Date; readonly b: 'x' | null }>>().toEqualTypeOf<{ a?: string; readonly b: 'x' | null }>();
  interface Tree {
    readonly made: Date;
    readonly children: readonly Tree[];
  }
  expectTypeOf<AsJson<Tree>['children'][number]['made']>().toEqualTypeOf<string>();

  const items = [{ url: 'https://example.org', width: '200' }];
  const run = await runInMemory(zod, measure, { items, results: true });
  expectTypeOf(run.done[0]!.returned.at).toEqualTypeOf<Date>();
  expectTypeOf(run.results[0]!.result).toEqualTypeOf<Measured>();
  const [kept] = await new InMemoryQueue(zod, { items }).results<ResultOf<typeof measure>>();
  expectTypeOf(kept!.result).toEqualTypeOf<Measured>();
  void wrong;
}

// With `batch` the handler is given several items.
export async function workInBatches(): Promise<void> {
  const batch = { size: 100 };
  await runWorker(
    zod,
    async (items, context) => {
      expectTypeOf(items).toEqualTypeOf<Out[]>();
      expectTypeOf(context).toEqualTypeOf<BatchContext>();
    },
    { batch, results: true },
  );
  startWorker(text, (items) => expectTypeOf(items).toEqualTypeOf<string[]>(), { batch });
  await runWorker(text, (item) => expectTypeOf(item).toEqualTypeOf<string>(), { results: true });
  // @ts-expect-error it is one item without `batch`
  await runWorker(zod, (items: Out[]) => items.length, { results: true });
  // @ts-expect-error it is several items with `batch`
  await runWorker(zod, ({ width }: Out) => width, { batch });
  const options: BatchWorkerOptions = { batch };
  await runWorker(text, (items) => expectTypeOf(items).toEqualTypeOf<string[]>(), options);
  const items = ['a'];
  const run = await runInMemory(text, async (texts) => texts.map(({ length }) => length), { items, batch });
  expectTypeOf(run.done[0]!.item).toEqualTypeOf<string>();
  expectTypeOf(run.done[0]!.returned).toEqualTypeOf<number>();
  const { done } = await new InMemoryQueue(text).run((texts) => void texts.length, { batch });
  expectTypeOf(done[0]!.returned).toEqualTypeOf<undefined>();
}

// The testing kit keeps both apart as well, and knows what the handler returns.
export async function test(): Promise<void> {
  const items = [{ url: 'https://example.org', width: '200' }];
  const run = await runInMemory(zod, async ({ width, height }) => width * height, { items });
  expectTypeOf(run.done[0]!.item).toEqualTypeOf<Out>();
  expectTypeOf(run.done[0]!.returned).toEqualTypeOf<number>();
  expectTypeOf(run.dead[0]!.item).toEqualTypeOf<Out | undefined>();
  // @ts-expect-error the output is not the input
  await runInMemory(zod, () => {}, { items: [{ url: '', width: 1, height: 1 }] });
  const queue = new InMemoryQueue(arktype, { items });
  expectTypeOf(queue.fill).parameter(0).toEqualTypeOf<Iterable<{ url: string; width: string; height?: number }>>();
  queue.start(({ width }) => expectTypeOf(width).toEqualTypeOf<number>());
}

// @ts-expect-error no queue without a name
defineQueue({ schema: z.string() });
// @ts-expect-error text is what comes without a payload
defineQueue({ name: 'q', payload: 'text' });
// @ts-expect-error a schema is of JSON
defineQueue({ name: 'q', payload: 'bytes', schema: z.string() });
// @ts-expect-error no Standard Schema
defineQueue({ name: 'q', schema: { parse: (value: unknown) => value } });
