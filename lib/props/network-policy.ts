import { isIP } from 'node:net';
import {
  holdsCidr,
  type IpBlock,
  isCidr,
  type NetworkPolicyEgressRule,
  type NetworkPolicyPeer,
  type NetworkPolicyPort,
} from '../kubernetes';
import { isRecord, type Kind, kind, list, readAs, refined } from './kind';
import { whole, word } from './kinds';
import { labelSelector } from './label-selector';
import { type Shape, shape } from './shape';

const PEER = '{ podSelector: { matchLabels: { app: "api" } } }';
const BLOCK = '{ cidr: "10.0.0.0/8" }';
const RULE = '{ to: [{ ipBlock: { cidr: "192.0.2.0/24" } }], ports: [{ port: 443 }] }';

const cidr: Kind<string> = kind(
  (given) => typeof given === 'string' && isCidr(given),
  (given) => {
    const family = typeof given === 'string' ? isIP(given) : 0;
    if (family !== 0)
      return `It must say how many bits are fixed; the address alone is "${given}/${family === 4 ? 32 : 128}".`;
    return 'It must be the first address of a network, a slash and the length of its prefix: "10.0.0.0/8".';
  },
);

const ipBlock: Shape<IpBlock> = shape<IpBlock>({
  of: 'An ipBlock',
  like: BLOCK,
  props: {
    cidr: { is: cidr, required: `It must be a network: ${BLOCK}.` },
    except: { is: list(cidr, 'an array of networks: ["10.1.0.0/16"]') },
  },
  together({ cidr, except = [] }, at) {
    except.forEach((inner, index) => {
      if (holdsCidr(cidr, inner)) return;
      throw at.prop('except').element(index).refusal(inner, `It must be a part of ${cidr}, and not all of it.`);
    });
  },
});

const anyPeer: Shape<NetworkPolicyPeer> = shape<NetworkPolicyPeer>({
  of: 'A peer',
  like: PEER,
  props: { podSelector: { is: labelSelector }, namespaceSelector: { is: labelSelector }, ipBlock: { is: ipBlock } },
  foreign: {
    matchLabels: `They are a part of a selector: ${PEER}.`,
    namespace:
      'It is a namespaceSelector: { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "media" } } }.',
    host: `A NetworkPolicy knows no names of hosts, only addresses: { ipBlock: ${BLOCK} }.`,
    cidr: `It is a part of an ipBlock: { ipBlock: ${BLOCK} }.`,
    ports: 'A peer has none; they are those of the whole rule. Remove them.',
  },
  together({ podSelector, namespaceSelector, ipBlock }, at) {
    if (ipBlock && (podSelector || namespaceSelector)) {
      throw at
        .prop('ipBlock')
        .refusal(ipBlock, 'It is given beside a selector, and stands alone. Make two peers of them.');
    }
    if (!ipBlock && !podSelector && !namespaceSelector) {
      throw at.refusal({}, `It must have a podSelector, a namespaceSelector or an ipBlock: ${PEER}.`);
    }
  },
});

/** One end of a connection. */
const peer: Kind<NetworkPolicyPeer> = {
  read(given, at) {
    if (isRecord(given) && typeof given.toNetworkPolicyPeerConfig === 'function') {
      throw at.refusal(
        given,
        `It is written as in Kubernetes: ${PEER}. Pods of this chart get in by redis.connect(workload).`,
      );
    }
    return readAs(anyPeer, given, at);
  },
};

/** Who may connect. */
export const networkPolicyPeers = list(peer, `an array of peers: [${PEER}]`);

const port: Shape<NetworkPolicyPort> = shape<NetworkPolicyPort>({
  of: 'A port',
  like: '{ port: 443 }',
  props: {
    port: { is: whole(1, 65_535), requiredWith: { endPort: 'It must be the first port of the range.' } },
    endPort: { is: whole(1, 65_535) },
    protocol: { is: word(['TCP', 'UDP', 'SCTP'], 'It must be "TCP", "UDP" or "SCTP".') },
  },
  together({ port = 0, endPort = port }, at) {
    if (endPort < port) throw at.prop('endPort').refusal(endPort, `It must not be less than \`port\`, ${port}.`);
  },
});

/** A list that would mean everything if it were empty. */
function notEmpty<T>(of: Kind<T[]>, instead: string): Kind<T[]> {
  return refined(of, (elements, at) => {
    if (elements.length === 0) throw at.refusal([], `Kubernetes takes an empty list for everything. ${instead}`);
  });
}

const rule: Shape<NetworkPolicyEgressRule> = shape<NetworkPolicyEgressRule>({
  of: 'A rule',
  like: RULE,
  props: {
    to: { is: notEmpty(networkPolicyPeers, 'Leave `to` out for anywhere, or the rule for nowhere.') },
    ports: {
      is: notEmpty(
        list(port, 'an array of ports: [{ port: 443 }]'),
        'Leave `ports` out for all, or the rule for none.',
      ),
    },
  },
  foreign: {
    cidr: `It is a part of an ipBlock of a peer: ${RULE}.`,
    from: 'A rule of egress has `to`.',
    port: 'They are a list: ports: [{ port: 443 }].',
    ...Object.fromEntries(
      ['podSelector', 'namespaceSelector', 'ipBlock'].map((name) => [name, `It is a peer: ${RULE}.`]),
    ),
  },
  together({ to, ports }, at) {
    if (to || ports) return;
    throw at.refusal({}, `It allows everything, as if there were no policy. Say where to, or to which ports: ${RULE}.`);
  },
});

/** Where pods may connect to. */
export const egressRules = list(rule, `an array of rules: [${RULE}]`);

/** Ports beside the one of Redis. */
export const furtherPorts = list(whole(1, 65_535), 'an array of ports: [4143]');
