import type { DnsConfig, HostAlias, TopologySpreadConstraint } from '../../lib';
import type { Wrong } from './wrong';

// What people paste into the props of pods: other shapes of the same thing, strings for numbers, names of other tools.

type Rows = readonly [unknown, RegExp][];

const POD_TERM = { topologyKey: 'kubernetes.io/hostname' };
const ZONE = { maxSkew: 1, topologyKey: 'topology.kubernetes.io/zone', whenUnsatisfiable: 'ScheduleAnyway' };

const required = (affinity: string, terms: unknown) => ({
  [affinity]: { requiredDuringSchedulingIgnoredDuringExecution: terms },
});
const preferred = (affinity: string, term: unknown) => ({
  [affinity]: { preferredDuringSchedulingIgnoredDuringExecution: [term] },
});
const nodes = (...expressions: unknown[]) =>
  required('nodeAffinity', { nodeSelectorTerms: [{ matchExpressions: expressions }] });

const AFFINITY: Rows = [
  ['spread', /affinity is "spread"\. It must be an object: \{ podAntiAffinity: \{ requiredDuring/],
  [{ nodeSelectorTerms: [] }, /affinity\.nodeSelectorTerms is \[\]\. affinity has no prop of this name/],
  [{ node_affinity: {} }, /Did you mean "nodeAffinity"\?/],
  [{ podAntiAffinity: [POD_TERM] }, /podAntiAffinity is \[.*It must be an object: \{ requiredDuring/],
  [{ podAntiAffinity: { required: [POD_TERM] } }, /podAntiAffinity\.required is .*Kubernetes has longer names/],
  [required('podAntiAffinity', POD_TERM), /It must be an array of terms: \[\{ topologyKey/],
  [required('podAntiAffinity', [{}]), /\[0\]\.topologyKey is undefined\. It must be a label of nodes/],
  [required('podAntiAffinity', [{ ...POD_TERM, matchLabels: { a: 'b' } }]), /It is a part of the labelSelector/],
  [required('podAffinity', [{ weight: 1, podAffinityTerm: POD_TERM }]), /has a weight, one that must does not/],
  [required('podAffinity', [{ ...POD_TERM, labelSelector: { app: 'x' } }]), /labelSelector\.app is "x"/],
  [
    required('podAffinity', [{ ...POD_TERM, labelSelector: { matchLabels: { app: 1 } } }]),
    /labelSelector\.matchLabels\["app"\] is 1\. It must be a string/,
  ],
  [
    required('podAffinity', [{ ...POD_TERM, labelSelector: { matchExpressions: [{ key: 'a', operator: 'Is' }] } }]),
    /operator is "Is"\. It must be "In", "NotIn", "Exists" or "DoesNotExist"/,
  ],
  [
    required('podAffinity', [{ ...POD_TERM, labelSelector: { matchExpressions: [{ key: 'a', operator: 'In' }] } }]),
    /values is \[\]\. "In" needs at least one/,
  ],
  [preferred('podAffinity', POD_TERM), /topologyKey is .*A preferred term of pods has no prop of this name/],
  [preferred('podAffinity', { podAffinityTerm: POD_TERM }), /weight is undefined\. .*from 1 to 100/],
  [preferred('podAffinity', { weight: '100', podAffinityTerm: POD_TERM }), /weight is "100"\. .*without quotes/],
  [preferred('nodeAffinity', { weight: 101, preference: {} }), /weight is 101\. .*from 1 to 100/],
  [required('nodeAffinity', [{ matchExpressions: [] }]), /It must be an object: \{ nodeSelectorTerms/],
  [required('nodeAffinity', { nodeSelectorTerms: [] }), /It must have at least one term/],
  [nodes({ key: 'arch', operator: 'in', values: ['arm64'] }), /operator is "in"\. It must be "In"/],
  [nodes({ key: 'arch', operator: 'In', values: 'arm64' }), /values is "arm64"\. It must be an array of strings/],
  [nodes({ key: 'arch', operator: 'In' }), /values is \[\]\. "In" needs at least one/],
  [nodes({ key: 'arch', operator: 'Exists', values: ['a'] }), /"Exists" takes none/],
  [nodes({ key: 'cores', operator: 'Gt', values: [8] }), /values\[0\] is 8\. It must be a string/],
  [nodes({ key: 'cores', operator: 'Gt', values: ['many'] }), /takes one whole number as text: \["8"\]/],
  [
    required('nodeAffinity', {
      nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.labels', operator: 'Exists' }] }],
    }),
    /The one field that Kubernetes takes is the name of a node/,
  ],
  [
    required('nodeAffinity', { nodeSelectorTerms: [{ matchLabels: { a: 'b' } }] }),
    /A term of nodes has matchExpressions/,
  ],
];

const SECURITY: Rows = [
  ['restricted', /podSecurityContext is "restricted"\. It must be an object/],
  [{ supplementalGroups: '4000' }, /supplementalGroups is "4000"\. It must be an array of group ids: \[4000\]/],
  [{ supplementalGroups: ['4000'] }, /supplementalGroups\[0\] is "4000"\. .*without quotes/],
  [{ runAsUser: 0 }, /runAsUser is 0\. The pod must not run as root/],
  [{ runAsNonRoot: 'true' }, /runAsNonRoot is "true"\. .*without quotes/],
  [{ run_as_user: 1 }, /Did you mean "runAsUser"\?/],
  [{ fsGroupChangePolicy: 'onRootMismatch' }, /It must be "OnRootMismatch" or "Always"/],
  [{ seccompProfile: 'RuntimeDefault' }, /seccompProfile is "RuntimeDefault"\. It must be an object/],
  [{ seccompProfile: { type: 'Localhost' } }, /localhostProfile is undefined\. It is the file of a profile/],
  [{ sysctls: { 'net.core.somaxconn': '1024' } }, /sysctls is .*It must be an array of sysctls/],
  [{ sysctls: [{ name: 'net.core.somaxconn', value: 1024 }] }, /value is 1024\. It must be a string: in quotes/],
  [{ sysctls: [{ name: 'net core', value: '1' }] }, /name is "net core"\. It must be the name of a sysctl/],
  [{ capabilities: { drop: ['ALL'] } }, /capabilities is .*It is a field of a container/],
  [{ windowsOptions: {} }, /windowsOptions is \{\}\. .*those of Linux/],
];

const ALIASES: Rows = [
  [{ '10.1.2.3': ['a'] }, /hostAliases is .*It must be an array of host aliases: \[\{ ip:/],
  [['10.1.2.3 a'], /hostAliases\[0\] is "10\.1\.2\.3 a"\. It must be an object/],
  [[{ ip: '10.1.2.3', hostname: 'a' }], /hostname is "a"\. They are `hostnames`/],
];

const DNS: Rows = [
  ['10.0.0.10', /dnsConfig is "10\.0\.0\.10"\. It must be an object: \{ nameservers/],
  [{ ndots: 2 }, /dnsConfig\.ndots is 2\. It is one of the `options`/],
  [{ options: { ndots: '2' } }, /options is .*It must be an array of options/],
];

/** The rows of props that no other construct had before. */
export const FURTHER_POD_ROWS = {
  affinity: AFFINITY,
  topologySpreadConstraints: [
    ['zone', /topologySpreadConstraints is "zone"\. It must be an array of topologySpreadConstraints: \[\{ maxSkew/],
    [ZONE, /It must be an array of topologySpreadConstraints/],
    [[ZONE, { ...ZONE, maxSkew: 2 }], /\[1\]\.topologyKey is .*which Kubernetes refuses/],
  ],
  runtimeClassName: [
    ['Nvidia GPU', /runtimeClassName is "Nvidia GPU"\. It must be at most 253 lower-case letters/],
    [{ name: 'nvidia' }, /name: 'nvidia'/],
  ],
  schedulerName: [
    ['My Scheduler', /schedulerName is "My Scheduler"/],
    [true, /schedulerName is true/],
  ],
  dnsPolicy: [
    [
      'clusterFirst',
      /dnsPolicy is "clusterFirst"\. It must be "ClusterFirst", "ClusterFirstWithHostNet", "Default" or/,
    ],
    ['None', /dnsPolicy is "None"\. Then the pod has no name server\. Give it one: dnsConfig/],
  ],
  dnsConfig: DNS,
  hostAliases: ALIASES,
  hostUsers: [
    ['false', /hostUsers is "false"\. It must be true or false, without quotes/],
    [0, /hostUsers is 0/],
  ],
  idsFromNamespace: [
    ['true', /idsFromNamespace is "true"\. It must be true or false, without quotes/],
    ['restricted-v2', /idsFromNamespace is "restricted-v2"/],
  ],
  podSecurityContext: SECURITY,
  podAnnotations: [
    [{ note: 1 }, /podAnnotations\["note"\] is 1\. An annotation must be a string/],
    [{ inject: false }, /podAnnotations\["inject"\] is false\. An annotation must be a string/],
    [['note'], /It must be an object of strings by name/],
    [{ 'a b': 'c' }, /a key of (fillPod\.)?podAnnotations is "a b"/],
  ],
} as const satisfies Record<string, Rows>;

/** The rows of the metadata of Jobs. */
export const JOB_METADATA_ROWS = {
  jobLabels: [
    ['team=fruit', /jobLabels is "team=fruit"\. It must be an object of strings by name/],
    [{ team: 1 }, /jobLabels\["team"\] is 1\. It must be a string/],
    [
      { 'kueue.x-k8s.io/queue-name': 'batch' },
      /queue-name"\] is "batch"\. It is a part of `kueue`: \{ localQueue: "batch" \}/,
    ],
    [{ 'cdk8s-redis-work-queue/store': 'a' }, /a key of jobLabels is "cdk8s-redis-work-queue\/store"\. It is set by/],
  ],
  jobAnnotations: [
    [{ note: 1 }, /jobAnnotations\["note"\] is 1\. An annotation must be a string/],
    [{ 'kueue.x-k8s.io/job-min-parallelism': '2' }, /It is a part of `kueue`: \{ .*minParallelism: 2 \}/],
  ],
} as const satisfies Record<string, Rows>;

export const SPREAD_ROWS: Wrong<TopologySpreadConstraint> = {
  maxSkew: [
    [undefined, /maxSkew is undefined\. It must be how much/],
    ['1', /maxSkew is "1"\. .*without quotes/],
    [0, /maxSkew is 0/],
  ],
  topologyKey: [
    [undefined, /topologyKey is undefined\. It must be a label of nodes/],
    ['a zone', /topologyKey is "a zone"/],
  ],
  whenUnsatisfiable: [
    [undefined, /whenUnsatisfiable is undefined\. It must be "DoNotSchedule" or "ScheduleAnyway"/],
    ['doNotSchedule', /is "doNotSchedule"/],
  ],
  labelSelector: [
    [{ team: 'fruit' }, /labelSelector\.team is "fruit"\. A label selector has no prop of this name/],
    ['team=fruit', /It must be an object: \{ matchLabels/],
  ],
  matchLabelKeys: [
    ['team', /matchLabelKeys is "team"\. It must be an array of keys/],
    [['a b'], /matchLabelKeys\[0\] is "a b"/],
  ],
  minDomains: [
    [2, /minDomains is 2\. It is for whenUnsatisfiable: "DoNotSchedule" alone/],
    ['2', /without quotes/],
  ],
  nodeAffinityPolicy: [['honor', /nodeAffinityPolicy is "honor"\. It must be "Honor" or "Ignore"/]],
  nodeTaintsPolicy: [[true, /nodeTaintsPolicy is true\. It must be "Honor" or "Ignore"/]],
};

export const DNS_ROWS: Wrong<DnsConfig> = {
  nameservers: [
    ['10.0.0.10', /nameservers is "10\.0\.0\.10"\. It must be an array of addresses/],
    [['dns.example.com'], /nameservers\[0\] is "dns\.example\.com"\. It must be an IP address/],
    [['fe80::1%eth0'], /It must be an IP address/],
    [['10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.4'], /nameservers is "4 name servers"\. It must be at most 3/],
  ],
  searches: [
    ['example.com', /searches is "example\.com"\. It must be an array of domains/],
    [['a b'], /searches\[0\] is "a b"\. It must be a domain/],
    [['Corp.Example.com'], /searches\[0\] is "Corp\.Example\.com"\. It must be a domain, in lower case/],
  ],
  options: [
    ['ndots:2', /options is "ndots:2"\. It must be an array of options/],
    [[{ name: 'ndots', value: 2 }], /options\[0\]\.value is 2\. It must be text, in quotes: "2"/],
    [[{ ndots: '2' }], /options\[0\]\.ndots is "2"/],
  ],
};

export const ALIAS_ROWS: Wrong<HostAlias> = {
  ip: [
    [undefined, /ip is undefined\. It must be the address/],
    ['localhost', /ip is "localhost"\. It must be an IP address/],
  ],
  hostnames: [
    [undefined, /hostnames is undefined\. It must be an array of host names/],
    ['a.example.com', /hostnames is "a\.example\.com"\. It must be an array of host names/],
    [['A.example.com'], /hostnames\[0\] is "A\.example\.com"/],
  ],
};
