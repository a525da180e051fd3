import type { ClusterRedisProps, ExistingRedisProps, ExternalRedisProps, SentinelRedisProps } from '../../lib';
import type { Wrong } from './wrong';
import {
  configMap,
  EGRESS_RULES,
  FLAG,
  IMAGE,
  PULL_POLICY,
  PULL_SECRETS,
  SECRET_VALUE,
  secret,
  WHOLE,
} from './wrong-input';

// What stores refuse that exist already.

/** What a value refuses that may be there by itself or in a Secret. */
const OR_SECRET: [unknown, RegExp][] = [
  [
    { secret: 'credentials', key: 'a' },
    /is "not a key of a Secret"\. It must be the value itself, or refer to a Secret/,
  ],
  [{ secret }, /It must be the value itself, or refer to a Secret/],
  [{ secret: configMap, key: 'a' }, /is "not a key of a Secret"/],
  [{ secret, key: 'a b' }, /is "not a key of a Secret"/],
  [secret, /is "not a key of a Secret"/],
];
const user = (prop: string, password: string): [unknown, RegExp][] => [
  ...OR_SECRET,
  ['', new RegExp(`${prop} is ""\\. It must be the name of an ACL user, without spaces`)],
  ['two words', /It must be the name of an ACL user, without spaces/],
  ['fruit\n', /It must be the name of an ACL user/],
  [7, new RegExp(`${prop} is 7`)],
  [{ secret, key: 'user' }, new RegExp(`${password} is undefined\\. A user needs one: set \`${password}\``)],
  ['fruit', new RegExp(`${password} is undefined\\. A user needs one: set \`${password}\``)],
];
const DATABASE: [unknown, RegExp][] = [...OR_SECRET, ...WHOLE, ['2', /database is "2"\. .*without quotes/]];

const EXISTING_ROWS: Wrong<ExistingRedisProps> = {
  tls: [...FLAG, [{ ca: 'x' }, /tls is \{ ca: 'x' \}/]],
  certificateAuthorities: [
    ['-----BEGIN CERTIFICATE-----', /is "a literal"\. It must refer to a Secret or to a ConfigMap.*mounted from there/],
    ['/etc/ssl/ca.pem', /is "a literal"/],
    [{ secret: 'redis-ca', key: 'ca.crt' }, /is "not a key of a Secret or of a ConfigMap"/],
    [{ secret }, /is "not a key of a Secret or of a ConfigMap"/],
    [{ key: 'ca.crt' }, /is "not a key of a Secret or of a ConfigMap"/],
    [{ secret, configMap, key: 'ca.crt' }, /is "both of a Secret and of a ConfigMap"\. .*Remove the other/],
    [{ secret: configMap, key: 'ca.crt' }, /is "not a key of a Secret or of a ConfigMap"/],
    [{ configMap: secret, key: 'ca.crt' }, /is "not a key of a Secret or of a ConfigMap"/],
    [configMap, /is "not a key of a Secret or of a ConfigMap"/],
    [{ configMap, key: 'ca.crt' }, /tls is undefined\. `certificateAuthorities` needs TLS: set `tls: true`/],
  ],
  clientCertificate: [
    [
      '-----BEGIN CERTIFICATE-----',
      /clientCertificate is "no Secret"\. It must refer to a Secret with tls\.crt and tls\.key, as/,
    ],
    [true, /is "no Secret"/],
    [secret, /is "no Secret"/],
    [{ secret: 'redis-client' }, /is "no Secret"/],
    [{ secret: configMap }, /is "no Secret"/],
    [{ secret, key: 'tls.key' }, /is "no Secret"/],
    [{ secret }, /tls is undefined\. `clientCertificate` needs TLS: set `tls: true`/],
  ],
  username: user('username', 'password'),
  password: SECRET_VALUE,
  passwordAsFile: [...FLAG, [true, /password is undefined\. There is no password to read from a file: set `password`/]],
  egressRules: EGRESS_RULES,
  image: IMAGE,
  imagePullPolicy: PULL_POLICY,
  imageHasAuthorities: FLAG,
  imagePullSecrets: PULL_SECRETS,
};

export const EXTERNAL_ROWS: Wrong<ExternalRedisProps> = {
  ...EXISTING_ROWS,
  host: [
    ...OR_SECRET,
    ['redis://redis:6379', /host is "redis:\/\/redis:6379"\. It must be a host name/],
    ['redis:6379', /It must be a host name/],
    ['', /It must be a host name/],
    [127, /host is 127/],
    [['redis'], /host is \[ 'redis' \]/],
  ],
  port: [['6379', /port is "6379"\. .*without quotes/], [0, /port is 0/], [65_536, /from 1 to 65535/], ...WHOLE],
  database: DATABASE,
};

const addresses = (prop: string, port: number): [unknown, RegExp][] => [
  ['redis:6379', new RegExp(`${prop} is "redis:6379"\\. It must be an array of addresses, host:port each`)],
  ['a:1,b:1', /It must be an array of addresses/],
  [[], new RegExp(`${prop} is \\[\\]\\. It must have one address at least: \\["redis-1\\.example\\.com:${port}"\\]`)],
  [[{ host: 'a', port: 1 }], new RegExp(`${prop}\\[0\\] is .*It must be host:port, a string: .*:${port}"`)],
  [['a', 7], new RegExp(`${prop}\\[1\\] is 7`)],
  [['a:1,b:1'], /\[0\] is "a:1,b:1"\. Each address is an element of its own/],
  [['redis://:hunter2@a:1'], /\[0\] is .*It must be host:port alone.*`tls: true`, credentials have props/],
  [['rediss://a:1'], /It must be host:port alone/],
  [['fd00::1'], new RegExp(`\\[0\\] is "fd00::1"\\. An IPv6 address takes brackets: "\\[fd00::5\\]:${port}"`)],
  [['fd00::1:6379'], /An IPv6 address takes brackets/],
  [['[a]:1'], /\[0\] is "\[a\]:1"\. It must be host:port/],
  [['a:0'], /It must be host:port/],
  [['a:65536'], /It must be host:port/],
  [['a:b'], /It must be host:port/],
  [['a b:1'], /It must be host:port/],
  [[''], /It must be host:port/],
  [['a:1/0'], /It must be host:port/],
  [['a:1', 'b:1', 'A:1'], /\[2\] is "A:1"\. It is there twice/],
  [['a', `a:${port}`], /\[1\] is ".*"\. It is there twice/],
];

export const SENTINEL_ROWS: Wrong<SentinelRedisProps> = {
  ...EXISTING_ROWS,
  sentinels: addresses('sentinels', 26379),
  primaryName: [
    ['', /primaryName is ""\. It must be the name that sentinels know the primary by/],
    ['my master', /It must be the name that sentinels know the primary by, of letters, digits, and - _ \./],
    ['mymaster/0', /is "mymaster\/0"/],
    ['$(NAME)', /is "\$\(NAME\)"/],
    [7, /primaryName is 7/],
  ],
  sentinelUsername: user('sentinelUsername', 'sentinelPassword'),
  sentinelPassword: SECRET_VALUE,
  database: DATABASE,
};

export const CLUSTER_ROWS: Wrong<ClusterRedisProps> = { ...EXISTING_ROWS, nodes: addresses('nodes', 6379) };
