import { isIP } from 'node:net';
import { type DnsConfig, type DnsOption, DOTTED_NAME, type HostAlias } from '../kubernetes';
import { type Kind, kind, list, refined } from './kind';
import { isText, string, word } from './kinds';
import { type Shape, shape } from './shape';

/** An address without the zone that Node lets follow one of IPv6. */
const address: Kind<string> = kind(
  (given) => typeof given === 'string' && isIP(given) !== 0 && !given.includes('%'),
  'It must be an IP address: "10.0.0.10".',
);

function atMost<T>(most: number, of: Kind<T[]>, what: string): Kind<T[]> {
  return refined(of, (values, at) => {
    if (values.length > most) throw at.refusal(`${values.length} ${what}`, `It must be at most ${most}.`);
  });
}

const searchDomain: Kind<string> = kind(
  (given) => typeof given === 'string' && (given === '.' || DOTTED_NAME.test(given.replace(/\.$/, ''))),
  'It must be a domain, in lower case: "corp.example.com".',
);

const option: Shape<DnsOption> = shape<DnsOption>({
  of: 'An option',
  like: '{ name: "ndots", value: "2" }',
  props: {
    name: {
      is: kind((given) => isText(given) && /^\S+$/.test(given), 'It must be the name of an option: "ndots".'),
      required: 'It must be the name of an option: "ndots".',
    },
    value: { is: kind(isText, 'It must be text, in quotes: "2".') },
  },
  foreign: { ndots: 'It is the name of the option: { name: "ndots", value: "2" }.' },
});

/** How a pod looks up names. */
export const dnsConfig: Shape<DnsConfig> = shape<DnsConfig>({
  of: 'dnsConfig',
  like: '{ nameservers: ["10.0.0.10"], searches: ["corp.example.com"], options: [{ name: "ndots", value: "2" }] }',
  props: {
    nameservers: { is: atMost(3, list(address, 'an array of addresses: ["10.0.0.10"]'), 'name servers') },
    searches: { is: atMost(32, list(searchDomain, 'an array of domains: ["corp.example.com"]'), 'domains') },
    options: { is: list(option, 'an array of options: [{ name: "ndots", value: "2" }]') },
  },
  foreign: {
    ndots: 'It is one of the `options`: [{ name: "ndots", value: "2" }].',
    search: 'They are `searches`, an array: ["corp.example.com"].',
  },
});

/** How a pod looks up names, in a word. */
export const dnsPolicy = word(
  ['ClusterFirst', 'ClusterFirstWithHostNet', 'Default', 'None'],
  'It must be "ClusterFirst", "ClusterFirstWithHostNet", "Default" or "None".',
);

const ALIAS = '{ ip: "10.1.2.3", hostnames: ["registry.corp.example.com"] }';
const HOSTNAMES = 'an array of host names: ["registry.corp.example.com"]';

export const hostAlias: Shape<HostAlias> = shape<HostAlias>({
  of: 'A host alias',
  like: ALIAS,
  props: {
    ip: { is: address, required: 'It must be the address: "10.1.2.3".' },
    hostnames: { is: list(string(DOTTED_NAME), HOSTNAMES), required: `It must be ${HOSTNAMES}.` },
  },
  foreign: {
    hostname: 'They are `hostnames`, an array: ["registry.corp.example.com"].',
    host: 'They are `hostnames`, an array: ["registry.corp.example.com"].',
    address: 'It is `ip`: "10.1.2.3".',
  },
});

/** Lines of the hosts file of a pod. */
export const hostAliases = list(hostAlias, `an array of host aliases: [${ALIAS}]`);
