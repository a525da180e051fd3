import { textOf } from '../errors';
import { describeIssues, type QueueOf, type SchemaResult } from './define-queue';

/** What a payload turned out to be. */
export type Decoded<T> = { readonly item: T } | { readonly invalid: string };

/** Turns a payload into what the handler is given. Never throws: what is wrong with a payload is that item's end alone. */
export type Decoder<T> = (payload: string | Buffer) => Decoded<T> | Promise<Decoded<T>>;

/** The decoder of a queue. */
export function decoderOf<T>(queue: QueueOf<T>): Decoder<T> {
  if (queue.payload === 'bytes') return (payload) => ({ item: payload as T });
  const text = (payload: string | Buffer): Decoded<string> => {
    if (typeof payload === 'string') return { item: payload };
    const item = payload.toString('utf8');
    return Buffer.from(item, 'utf8').equals(payload) ? { item } : { invalid: 'the payload is not UTF-8' };
  };
  const { schema } = queue;
  if (!schema) return text as Decoder<T>;

  const verdict = (result: SchemaResult<T>): Decoded<T> =>
    result.issues ? { invalid: describeIssues(result.issues) } : { item: result.value };
  const failed = (error: unknown): Decoded<T> => ({ invalid: `the schema threw: ${textOf(error)}` });
  return (payload) => {
    const decoded = text(payload);
    if ('invalid' in decoded) return decoded;
    let value: unknown;
    try {
      value = JSON.parse(decoded.item);
    } catch (error) {
      return { invalid: `not JSON: ${(error as Error).message}` };
    }
    try {
      const result = schema['~standard'].validate(value);
      return 'then' in result ? Promise.resolve(result).then(verdict).catch(failed) : verdict(result);
    } catch (error) {
      return failed(error);
    }
  };
}
