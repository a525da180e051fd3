import { CommandError } from '../failures';
import { utf8 } from '../text';

const UTF8_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/** What other encodings begin with; those of four bytes go first, for one of two is their beginning. */
const MARKS: readonly (readonly [string, Buffer])[] = [
  ['UTF-32LE', Buffer.from([0xff, 0xfe, 0, 0])],
  ['UTF-32BE', Buffer.from([0, 0, 0xfe, 0xff])],
  ['UTF-16LE', Buffer.from([0xff, 0xfe])],
  ['UTF-16BE', Buffer.from([0xfe, 0xff])],
];

/** Bytes that are looked at to tell the encoding. */
const HEAD = 4_096;

/**
 * The bytes of a text without the byte order mark that it may begin with.
 *
 * @param name of the text in messages
 * @throws CommandError it is UTF-16 or UTF-32
 */
export async function* withoutMark(input: AsyncIterable<Buffer>, name: string): AsyncGenerator<Buffer> {
  let head: Buffer | undefined = Buffer.alloc(0);
  for await (const chunk of input) {
    if (head === undefined) yield chunk;
    else {
      head = Buffer.concat([head, chunk]);
      if (head.length < HEAD) continue;
      yield checked(head, name);
      head = undefined;
    }
  }
  if (head !== undefined && head.length > 0) yield checked(head, name);
}

function checked(head: Buffer, name: string): Buffer {
  if (head.subarray(0, 3).equals(UTF8_MARK)) return head.subarray(3);
  const [marked] = MARKS.find(([, mark]) => head.subarray(0, mark.length).equals(mark)) ?? [];
  const encoding = marked ?? unmarked(head.subarray(0, HEAD));
  if (encoding === undefined) return head;
  const how = marked ? 'it begins with that byte order mark' : 'every other byte of it is NUL';
  throw new CommandError(
    `${name} is ${encoding} (${how}), and items are read as UTF-8. Nothing was pushed. Convert it first: ` +
      `iconv -f ${encoding} -t UTF-8, or in PowerShell: Get-Content FILE | Set-Content -Encoding utf8 OTHER.`,
  );
}

/**
 * Text of UTF-16 without a mark has NULs in every other place, at least beside its spaces and line ends, and none in
 * between.
 */
function unmarked(head: Buffer): 'UTF-16LE' | 'UTF-16BE' | undefined {
  const nuls = [0, 0];
  for (const [i, byte] of head.entries()) if (byte === 0) nuls[i % 2] = (nuls[i % 2] as number) + 1;
  const [even, odd] = nuls as [number, number];
  if ((even === 0) === (odd === 0)) return undefined;
  const places = head.length / 2;
  const many = Math.max(even, odd) >= Math.max(2, places * 0.3);
  if (!many && (utf8(head) !== undefined || !breaksArePaired(head, odd > 0))) return undefined;
  return odd > 0 ? 'UTF-16LE' : 'UTF-16BE';
}

/** Whether there are line ends, each with its NUL in the right place. */
function breaksArePaired(head: Buffer, little: boolean): boolean {
  let pairs = 0;
  for (let i = head.indexOf(10); i !== -1; i = head.indexOf(10, i + 1)) {
    if (little ? i % 2 === 0 && head[i + 1] === 0 : i % 2 === 1 && head[i - 1] === 0) pairs++;
  }
  return pairs >= 2;
}
