import { type AnnotatedPod, annotationsOfPod, type PodProps } from '../kubernetes';
import { affinity } from './affinity';
import { dnsConfig, dnsPolicy, hostAliases } from './dns';
import type { At } from './kind';
import { annotations, dottedName, flag, labels } from './kinds';
import { podSecurity } from './pod-security';
import { pullSecrets } from './references';
import type { Table } from './shape';
import { tolerations } from './tolerations';
import { topologySpreadConstraints } from './topology-spread';

/** The props of pods. */
export const PODS: Table<PodProps> = {
  nodeSelector: { is: labels },
  tolerations: { is: tolerations },
  affinity: { is: affinity },
  topologySpreadConstraints: { is: topologySpreadConstraints },
  priorityClassName: { is: dottedName },
  runtimeClassName: { is: dottedName },
  schedulerName: { is: dottedName },
  dnsPolicy: { is: dnsPolicy },
  dnsConfig: { is: dnsConfig },
  hostAliases: { is: hostAliases },
  hostUsers: { is: flag },
  imagePullSecrets: { is: pullSecrets },
  idsFromNamespace: { is: flag },
  podSecurityContext: { is: podSecurity },
  podLabels: { is: labels },
  podAnnotations: { is: annotations },
};

const AFFINITY = 'It is a part of `affinity`, as in Kubernetes: { podAntiAffinity: { … } }.';
const DNS = 'It is a part of `dnsConfig`: { nameservers: ["10.0.0.10"], searches: ["corp.example.com"] }.';
const SECURITY = 'It is a part of `podSecurityContext`, as in Kubernetes: { supplementalGroups: [4000] }.';
const HOST =
  'Pod Security "restricted" refuses it. On a cluster without, it takes a JSON patch: ApiObject.of(construct).addJsonPatch(…).';

const PATCH = 'It takes a JSON patch: ApiObject.of(construct).addJsonPatch(…).';

/** Names that people give to pods from habit, and what takes their place here. */
export const PODS_FOREIGN = {
  nodeAffinity: AFFINITY,
  podAffinity: AFFINITY,
  podAntiAffinity: AFFINITY,
  topologySpread: 'It is `topologySpreadConstraints`, an array as in Kubernetes.',
  nodeName: 'The scheduler chooses it: nodeSelector: { "kubernetes.io/hostname": "node-1" }.',
  priority: 'It is `priorityClassName`, the name of a PriorityClass.',
  runtimeClass: 'It is `runtimeClassName`, the name of a RuntimeClass.',
  scheduler: 'It is `schedulerName`, the name of a scheduler.',
  dns: DNS,
  nameservers: DNS,
  searches: DNS,
  enableServiceLinks: PATCH,
  shareProcessNamespace: PATCH,
  hostname: PATCH,
  subdomain: PATCH,
  hostNetwork: HOST,
  hostPID: HOST,
  hostIPC: HOST,
  supplementalGroups: SECURITY,
  fsGroupChangePolicy: SECURITY,
  seccompProfile: SECURITY,
  seLinuxOptions: SECURITY,
  sysctls: SECURITY,
  openshift: 'It is `idsFromNamespace: true`, which leaves user, group and fsGroup to the namespace.',
  openShift: 'It is `idsFromNamespace: true`, which leaves user, group and fsGroup to the namespace.',
};

const IDS = ['runAsUser', 'runAsGroup', 'fsGroup'] as const;

/** Refuses props of one pod that contradict each other. */
export function checkPod(props: PodProps & AnnotatedPod, at: At) {
  const { dnsPolicy, dnsConfig, idsFromNamespace, podSecurityContext = {} } = props;
  if (dnsPolicy === 'None' && !dnsConfig?.nameservers?.length) {
    throw at
      .prop('dnsPolicy')
      .refusal(dnsPolicy, 'Then the pod has no name server. Give it one: dnsConfig: { nameservers: ["10.0.0.10"] }.');
  }
  const id = IDS.find((name) => podSecurityContext[name] !== undefined);
  if (idsFromNamespace && id !== undefined) {
    throw at
      .prop('podSecurityContext')
      .prop(id)
      .refusal(podSecurityContext[id], '`idsFromNamespace` leaves it to the namespace. Remove one of them.');
  }
  for (const [key, value] of Object.entries(annotationsOfPod({ evictable: props.evictable }) ?? {})) {
    const given = props.podAnnotations?.[key];
    if (given === undefined || given === value) continue;
    throw at
      .prop('podAnnotations')
      .under(key)
      .refusal(given, `\`evictable: false\` sets it to ${JSON.stringify(value)}. Remove one of them.`);
  }
}
