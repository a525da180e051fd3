import { Construct } from 'constructs';
import { bytesInManifest, packItems } from './items';

const scope = new Construct(undefined as never, 'scope');
const pack = (items: unknown[], queue = 'q') => packItems(scope, queue, items as string[]);
const unpack = (items: string[]) =>
  pack(items).configMaps.flatMap((chunks) => chunks.flatMap(({ json }) => JSON.parse(json) as string[]));

/** What Go's encoding/json makes of a string, which is what kubectl measures. */
const goJson = (text: string) =>
  JSON.stringify(text).replace(/[<>&\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);

test('chunks are named by the offset of their first item', () => {
  const { configMaps, total } = pack(Array.from({ length: 4500 }, (_, i) => `${i}`));
  expect(total).toBe(4500);
  expect(configMaps.map((chunks) => chunks.map(({ file }) => file))).toEqual([
    ['00000000.json', '00002000.json', '00004000.json'],
  ]);
});

test('an empty list is a batch of its own', () => {
  expect(pack([])).toEqual({ batch: expect.stringMatching(/^[0-9a-f]{16}$/), total: 0, configMaps: [] });
});

test('the batch tells queues, items, their order and their borders apart', () => {
  const batches = [
    pack(['a', 'b']),
    pack(['b', 'a']),
    pack(['a', 'b'], 'other'),
    pack(['a,b']),
    pack(['a","b']),
    pack(['a']),
    pack([]),
    pack(['']),
  ].map(({ batch }) => batch);
  expect(new Set(batches).size).toBe(batches.length);
  expect(pack(['a', 'b']).batch).toBe(batches[0]);
});

test('what comes out is what went in', () => {
  const items = ['', '"\'\\', 'a\nb\r\t', '\u0000\u007f', '🍎', '\u2028<&>', '$(x) `y`', 'x'.repeat(100_000)];
  expect(unpack(items)).toEqual(items);
});

test.each([
  ['plain', 'x'],
  ['quotes', '"\\'],
  ['markup', '<&>'],
  ['line separators', '\u2028\u2029'],
  ['controls', '\u0000\u0001\b\f\n\r\t\u001f'],
  ['emoji', '🍎é'],
])('every object stays below 250,000 bytes as kubectl counts: %s', (_, unit) => {
  const item = unit.repeat(Math.ceil(300 / unit.length));
  const { configMaps } = pack(Array.from({ length: 1000 }, () => item));
  for (const chunks of configMaps) {
    const bytes = chunks.reduce(
      (sum, { file, json }) => sum + Buffer.byteLength(`"${file}":${goJson(json)},`),
      2_000, // apiVersion, kind, metadata
    );
    expect(bytes).toBeLessThan(250_000);
  }
  expect(bytesInManifest(JSON.stringify(unit)) + 2).toBe(Buffer.byteLength(goJson(JSON.stringify(unit))));
});

test('ConfigMaps are filled', () => {
  const { configMaps } = pack(Array.from({ length: 100 }, () => 'x'.repeat(10_000)));
  expect(configMaps).toHaveLength(5);
});

test('the largest item fits alone', () => {
  expect(pack(['x'.repeat(245_960), 'y']).configMaps).toHaveLength(2);
});

test.each([
  ['too large', ['a', 'x'.repeat(300_000)], /items\[1\] is "300000 bytes.*may take.*WorkQueue\.fill/],
  ['half a surrogate pair', ['a', 'b\ud83c'], /items\[1\] is "b\\ud83c"\..*surrogate/],
  ['no string', ['a', { url: 'x' }], /items\[1\] is "object"\..*JSON\.stringify/],
  ['null', [null], /items\[0\] is "null"/],
  ['too many', Array.from({ length: 500 }, () => 'x'.repeat(10_000)), /500 items in 21 ConfigMaps.*At most 16.*seal/s],
])('refuses an item that is %s', (_, items, message) => {
  expect(() => pack(items as unknown[])).toThrow(message);
});
