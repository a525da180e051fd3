import { type ApiObject, Chart } from 'cdk8s';
import type { IConstruct } from 'constructs';

/** A key of a Secret, by which two of them are the same. */
interface SecretKey {
  readonly secret: { readonly name: string };
  readonly key: string;
}

/** A store, as far as it tells one queue from another. */
export interface QueueStore extends IConstruct {
  readonly host: string;
  readonly port: number;
  /** The key of a Secret that holds the host. */
  readonly hostFrom?: SecretKey;
  /** All addresses, where there are several. */
  readonly addresses?: readonly { readonly host: string; readonly port: number }[];
  /** The name that the sentinels at these addresses know the primary by. */
  readonly primaryName?: string;
  readonly database?: number | SecretKey;
  /** The Service of a store that a chart makes. Two of those are never one. */
  readonly service?: ApiObject;
}

/** Whether clients in these places find one Redis and one database by both. */
export function isOneStore(one: QueueStore, other: QueueStore, place: IConstruct, otherPlace: IConstruct): boolean {
  if (one === other) return true;
  if (one.service || other.service) return false;
  const isOneNamespace = Chart.of(place).namespace === Chart.of(otherPlace).namespace;
  if (one.primaryName !== other.primaryName || keyOf(one.database ?? 0) !== keyOf(other.database ?? 0)) return false;
  // A Secret is of the namespace of its client, and what is in it nobody knows here.
  if (typeof one.database === 'object' && !isOneNamespace) return false;
  if (one.hostFrom || other.hostFrom) {
    return isOneNamespace && one.port === other.port && keyOf(one.hostFrom) === keyOf(other.hostFrom);
  }
  const known = new Set(addressesOf(one).map(addressText));
  // A host without a dot is a Service in the namespace of its client.
  return addressesOf(other).some(
    (address) => known.has(addressText(address)) && (isOneNamespace || /[.:]/.test(address.host)),
  );
}

function addressesOf({ host, port, addresses = [{ host, port }] }: QueueStore) {
  return addresses;
}

function addressText({ host, port }: { readonly host: string; readonly port: number }): string {
  return JSON.stringify([host.toLowerCase().replace(/\.$/, ''), port]);
}

function keyOf(value: SecretKey | number | undefined): string {
  return JSON.stringify(typeof value === 'object' ? [value.secret.name, value.key] : (value ?? null));
}
