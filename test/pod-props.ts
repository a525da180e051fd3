import type { Chart } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import type { PodProps, Toleration, TopologySpreadConstraint } from '../lib';

/** Props of pods, all set: one that is missing does not compile. */
export function podProps(of: Chart): Required<PodProps> {
  const toleration: Required<Toleration> = {
    key: 'gpu',
    operator: 'Equal',
    value: 'yes',
    effect: 'NoExecute',
    tolerationSeconds: 60,
  };
  const spread: Required<TopologySpreadConstraint> = {
    maxSkew: 1,
    topologyKey: 'topology.kubernetes.io/zone',
    whenUnsatisfiable: 'DoNotSchedule',
    labelSelector: {
      matchLabels: { team: 'fruit' },
      matchExpressions: [{ key: 'tier', operator: 'In', values: ['batch'] }],
    },
    matchLabelKeys: ['batch.kubernetes.io/job-name'],
    minDomains: 2,
    nodeAffinityPolicy: 'Honor',
    nodeTaintsPolicy: 'Ignore',
  };
  const arm = { matchExpressions: [{ key: 'kubernetes.io/arch', operator: 'In', values: ['arm64'] }] };
  const node = { matchFields: [{ key: 'metadata.name', operator: 'NotIn', values: ['node-1'] }] };
  const pods = {
    topologyKey: 'kubernetes.io/hostname',
    labelSelector: { matchLabels: { team: 'fruit' } },
    namespaces: ['fruit'],
    namespaceSelector: {},
  };
  return {
    nodeSelector: { 'kubernetes.io/arch': 'arm64' },
    tolerations: [toleration],
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [arm, node] },
        preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, preference: arm }],
      },
      podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [pods] },
      podAntiAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, podAffinityTerm: pods }],
      },
    },
    topologySpreadConstraints: [spread],
    priorityClassName: 'low',
    runtimeClassName: 'nvidia',
    schedulerName: 'volcano',
    dnsPolicy: 'None',
    dnsConfig: {
      nameservers: ['10.0.0.10'],
      searches: ['corp.example.com'],
      options: [{ name: 'ndots', value: '2' }, { name: 'edns0' }],
    },
    hostAliases: [{ ip: '10.1.2.3', hostnames: ['registry.corp.example.com'] }],
    hostUsers: false,
    imagePullSecrets: [kplus.Secret.fromSecretName(of, 'pull', 'registry')],
    idsFromNamespace: true,
    podSecurityContext: {
      fsGroupChangePolicy: 'OnRootMismatch',
      seLinuxOptions: { level: 's0:c123,c456' },
      supplementalGroups: [4000],
      sysctls: [{ name: 'net.ipv4.tcp_keepalive_time', value: '60' }],
    },
    podLabels: { 'example.com/team': 'fruit' },
    podAnnotations: { 'example.com/note': 'any text' },
  };
}
