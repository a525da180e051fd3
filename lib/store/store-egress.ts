import { isIP } from 'node:net';
import type { NetworkPolicyEgressRule } from '../kubernetes';
import type { RedisAddress } from './redis-address';
import type { RedisStore } from './redis-store';

/** What pods must be allowed to connect to, so that they reach a store: its pods; else what its addresses tell. */
export function storeEgress(store: RedisStore): NetworkPolicyEgressRule[] {
  const { host, port, service, podSelector, _egressRules, _topology, _policyPorts = [port] } = store;
  if (_egressRules) return [..._egressRules];
  const ports = _policyPorts.map((each) => ({ port: each }));
  if (service) return [{ to: [{ podSelector: { matchLabels: podSelector } }], ports }];
  if (_topology === 'sentinel') return [...store.addresses.map(ruleOf), { ports }];
  // Any node may have the queue, and other nodes than those that were named.
  if (_topology === 'cluster') return [{ ports }];
  return [ruleOf({ host, port })];
}

/** No rule knows a host name: of one that has it, the port is open to anywhere. */
function ruleOf({ host, port }: RedisAddress): NetworkPolicyEgressRule {
  const family = isIP(host);
  const ports = [{ port }];
  return family === 0 ? { ports } : { to: [{ ipBlock: { cidr: `${host}/${family === 4 ? 32 : 128}` } }], ports };
}
