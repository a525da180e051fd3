import { isIP } from 'node:net';

/** A network of addresses. */
interface Network {
  /** 32 or 128. */
  readonly bits: number;
  /** Its first address. */
  readonly first: bigint;
  readonly prefix: number;
}

/** The network in CIDR notation; undefined if it is none. */
function networkOf(cidr: string): Network | undefined {
  const [, address = '', length = ''] = /^([^/%]+)\/(0|[1-9]\d{0,2})$/.exec(cidr) ?? [];
  const family = isIP(address);
  const bits = family === 4 ? 32 : 128;
  const prefix = Number(length);
  if (family === 0 || length === '' || prefix > bits) return undefined;
  return { bits, first: family === 4 ? fromParts(address.split('.'), 10, 8) : ofVersion6(address), prefix };
}

function ofVersion6(address: string): bigint {
  // As a URL has it, there is no IPv4 in it any more.
  const text = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [head = [], tail = []] = text.split('::').map((half) => half.split(':').filter(Boolean));
  return fromParts([...head, ...Array(8 - head.length - tail.length).fill('0'), ...tail], 16, 16);
}

function fromParts(parts: readonly string[], radix: number, bits: number): bigint {
  return parts.reduce((number, part) => (number << BigInt(bits)) | BigInt(Number.parseInt(part, radix)), 0n);
}

/** Whether it is a network in CIDR notation, by its first address. */
export function isCidr(text: string): boolean {
  const network = networkOf(text);
  if (!network) return false;
  const { bits, first, prefix } = network;
  return first % (1n << BigInt(bits - prefix)) === 0n;
}

/** Whether one network holds another one, and more. */
export function holdsCidr(outer: string, inner: string): boolean {
  const [one, other] = [networkOf(outer), networkOf(inner)];
  if (!one || !other || one.bits !== other.bits || one.prefix >= other.prefix) return false;
  const rest = BigInt(one.bits - one.prefix);
  return one.first >> rest === other.first >> rest;
}
