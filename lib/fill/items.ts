import { createHash } from 'node:crypto';
import type { Construct } from 'constructs';
import { InvalidPropError } from '../invalid-prop';
import { ENVELOPE_BYTES, MAX_OBJECT_BYTES } from '../kubernetes';
import { At, payloads as PAYLOADS, readAs } from '../props';

const MAX_CONFIG_MAPS = 16;

/** Two braces, so that Helm, whose charts are templates, takes them for text. JSON reads them as they were. */
const TEMPLATE_SAFE = '{\\u007b';

/** Items in one call of the fill script, which holds Redis up while it runs. */
const MAX_CHUNK_ITEMS = 2_000;

/** Bytes around one chunk: its name, quotes and brackets, and what stands between it and the next one. */
const CHUNK_BYTES = 32;

/** Items that are pushed in one call: a file with a JSON array, named by the offset of its first item. */
export interface ItemChunk {
  readonly file: string;
  readonly json: string;
}

/** A list of items as the fill Job takes it. */
export interface PackedItems {
  /** Hash of the queue's name and of all items, in order. */
  readonly batch: string;
  /** How many items there are. */
  readonly total: number;
  /** The chunks of each ConfigMap. */
  readonly configMaps: readonly (readonly ItemChunk[])[];
}

/**
 * Packs payloads into as few ConfigMaps as `kubectl apply` takes.
 *
 * @throws InvalidPropError for what is not a string, not Unicode, too large alone or too much in all
 */
export function packItems(scope: Construct, queueName: string, items: readonly string[]): PackedItems {
  const payloads = readAs(PAYLOADS, items, new At(scope, scope.node.path, 'items'));
  const hash = createHash('sha256').update(JSON.stringify(queueName));
  const configMaps: ItemChunk[][] = [];
  let chunks: ItemChunk[] = [];
  let chunk: string[] = [];
  let used = 0;

  const endChunk = (end: number) => {
    if (chunk.length === 0) return;
    const offset = String(end - chunk.length).padStart(8, '0');
    chunks.push({ file: `${offset}.json`, json: `[${chunk.join(',')}]` });
    chunk = [];
  };
  const endConfigMap = (end: number) => {
    endChunk(end);
    if (chunks.length > 0) configMaps.push(chunks);
    chunks = [];
    used = 0;
  };

  payloads.forEach((item, index) => {
    const text = JSON.stringify(item);
    hash.update(',').update(text);
    const json = text.replaceAll('{{', TEMPLATE_SAFE);
    const bytes = bytesInManifest(json) + 1;
    if (bytes > MAX_OBJECT_BYTES - ENVELOPE_BYTES - CHUNK_BYTES) {
      throw new InvalidPropError(
        scope,
        `items[${index}]`,
        `${Buffer.byteLength(item)} bytes, ${bytes} as the manifest writes them`,
        `An item may take ${MAX_OBJECT_BYTES - ENVELOPE_BYTES - CHUNK_BYTES}. ` +
          'Keep large data elsewhere and queue a reference to it, or fill from a script with WorkQueue.fill.',
      );
    }
    if (used + bytes + CHUNK_BYTES > MAX_OBJECT_BYTES - ENVELOPE_BYTES) endConfigMap(index);
    if (chunk.length === MAX_CHUNK_ITEMS) endChunk(index);
    if (chunk.length === 0) used += CHUNK_BYTES;
    chunk.push(json);
    used += bytes;
  });
  endConfigMap(payloads.length);

  if (configMaps.length > MAX_CONFIG_MAPS) {
    throw new InvalidPropError(
      scope,
      'items',
      `${payloads.length} items in ${configMaps.length} ConfigMaps`,
      `At most ${MAX_CONFIG_MAPS} ConfigMaps of ${MAX_OBJECT_BYTES} bytes are made, about ` +
        `${(MAX_CONFIG_MAPS * MAX_OBJECT_BYTES) / 1e6} MB. Leave \`items\` out and fill the queue from a script: ` +
        "`await new WorkQueue(…).fill(items)`, then `seal()`, from 'cdk8s-redis-work-queue/worker'.",
    );
  }
  return { batch: hash.digest('hex').slice(0, 16), total: payloads.length, configMaps };
}

/** Bytes that JSON text takes inside a JSON string, with the escapes of Go's encoder, which is what kubectl uses. */
export function bytesInManifest(json: string): number {
  let bytes = Buffer.byteLength(json);
  for (const [char] of json.matchAll(/["\\<>&\u2028\u2029]/g)) {
    if (char === '"' || char === '\\') bytes += 1;
    else bytes += char >= '\u2028' ? 3 : 5;
  }
  return bytes;
}
