import { defineQueue } from 'cdk8s-redis-work-queue/worker';
import { hex, itemsOf, type Scenario, scenario, text } from '../scenario';

/** Loaded where a schema is made: the process of any other scenario would take a fifth of its time for it. */
const zod = () => (require('zod') as typeof import('zod')).z;

/** What a payload becomes on its way to the handler. */
export const PAYLOADS: readonly Scenario[] = [
  scenario({
    name: 'gives up a payload that is no JSON or does not fit the schema, before any handler sees it',
    get queue() {
      const z = zod();
      return defineQueue({ name: 'invalid', schema: z.object({ size: z.object({ width: z.int() }) }) });
    },
    needs: ['schema'],
    items: [{ size: { width: 1 } }],
    payloads: ['{"size":', '{"size":{"width":"1"}}', Buffer.from('{"size":{"width":2}}')],
    handler: () => () => {},
    check: (seen) => {
      expect(itemsOf(seen)).toEqual([{ size: { width: 1 } }, { size: { width: 2 } }]);
      expect(seen.dead).toMatchObject([
        { id: 2, reason: 'invalid', attempts: 1, error: expect.stringContaining('not JSON'), item: undefined },
        { id: 3, reason: 'invalid', attempts: 1, error: expect.stringContaining('size.width: ') },
      ]);
      expect(seen.dead[0]?.payload).toBe(hex(Buffer.from('{"size":')));
      expect(seen).toMatchObject({ done: 2, exitCodes: [80] });
    },
  }),
  scenario({
    name: 'gives up a payload that is no text, and keeps its bytes',
    queue: text('not-utf8'),
    needs: ['text'],
    items: ['é', '\uFFFD'],
    payloads: [Buffer.from([0x61, 0xff, 0x62])],
    handler: () => () => {},
    check: (seen) => {
      expect(itemsOf(seen)).toEqual(['é', '\uFFFD']);
      expect(seen.dead).toMatchObject([{ id: 3, reason: 'invalid', attempts: 1, payload: '61ff62' }]);
    },
  }),
  scenario({
    name: 'hands bytes on as they are',
    queue: defineQueue({ name: 'bytes', payload: 'bytes' }),
    items: [Uint8Array.of(0, 255, 128), Uint8Array.of()],
    handler: () => (item) => {
      if (!(item instanceof Uint8Array)) throw new Error('no bytes');
    },
    check: (seen) => {
      expect(itemsOf(seen)).toEqual(['00ff80', '']);
      expect(seen.done).toBe(2);
    },
  }),
  scenario({
    name: 'queues what goes into a schema, and hands out what comes out of it',
    get queue() {
      const z = zod();
      const at = z.iso.datetime().transform((text) => new Date(text).getUTCFullYear());
      return defineQueue({ name: 'transform', schema: z.object({ at }) });
    },
    needs: ['schema'],
    items: [{ at: '2026-11-23T00:00:00Z' }],
    maxAttempts: 1,
    handler:
      () =>
      ({ at }) => {
        if (at === 2026) throw new Error(`a ${typeof at}`);
      },
    check: (seen) => {
      expect(itemsOf(seen)).toEqual([{ at: 2026 }]);
      expect(seen.dead).toMatchObject([
        { error: 'Error: a number', payload: hex(Buffer.from('{"at":"2026-11-23T00:00:00Z"}')), item: { at: 2026 } },
      ]);
    },
  }),
  scenario({
    name: 'waits for an asynchronous schema when an item is run',
    get queue() {
      const word = zod().string();
      return defineQueue({
        name: 'async-schema',
        schema: word.refine(async (text) => text !== 'bad', 'is not wanted'),
      });
    },
    needs: ['schema'],
    payloads: ['"good"', '"bad"', '"fine"'],
    handler: () => () => {},
    check: (seen) => {
      expect(itemsOf(seen)).toEqual(['good', 'fine']);
      expect(seen.dead).toMatchObject([{ id: 2, reason: 'invalid', error: 'is not wanted' }]);
    },
  }),
];
