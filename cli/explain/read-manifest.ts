import type { Manifest } from './manifest';

/** Makes something of what stands in YAML, or undefined of what it is not. */
type Reader = (value: unknown) => unknown;

const number: Reader = (value) => (typeof value === 'number' && Number.isFinite(value) ? value : undefined);
const flag: Reader = (value) => (typeof value === 'boolean' ? value : undefined);
/** Numbers and booleans as well: YAML makes those of unquoted words. */
const text: Reader = (value) => (['string', 'number', 'boolean'].includes(typeof value) ? String(value) : undefined);
const anything: Reader = (value) => (isRecord(value) ? value : undefined);

const list =
  (read: Reader): Reader =>
  (value) =>
    Array.isArray(value) ? value.map(read).filter((each) => each !== undefined) : undefined;

const texts: Reader = (value) =>
  isRecord(value) ? kept(Object.entries(value).map(([name, each]) => [name, text(each)])) : undefined;

const record =
  (fields: Readonly<Record<string, Reader>>): Reader =>
  (value) =>
    isRecord(value) ? kept(Object.entries(fields).map(([name, read]) => [name, read(value[name])])) : undefined;

const METADATA = record({ name: text, namespace: text, labels: texts, annotations: texts });

const CONTAINER = record({
  name: text,
  image: text,
  command: list(text),
  args: list(text),
  env: list(
    record({
      name: text,
      value: text,
      valueFrom: record({
        fieldRef: record({ fieldPath: text }),
        secretKeyRef: record({ name: text, key: text }),
      }),
    }),
  ),
  volumeMounts: list(record({ name: text })),
});

const TERM = record({ matchExpressions: list(record({ key: text, operator: text, values: list(text) })) });

const NODE_AFFINITY = record({
  requiredDuringSchedulingIgnoredDuringExecution: record({ nodeSelectorTerms: list(TERM) }),
  preferredDuringSchedulingIgnoredDuringExecution: list(record({ preference: TERM })),
});

const POD = {
  containers: list(CONTAINER),
  initContainers: list(CONTAINER),
  volumes: list(
    record({
      name: text,
      emptyDir: anything,
      persistentVolumeClaim: anything,
      hostPath: anything,
      projected: record({ sources: list(record({ configMap: record({ name: text }) })) }),
    }),
  ),
  restartPolicy: text,
  terminationGracePeriodSeconds: number,
  nodeSelector: texts,
  affinity: record({ nodeAffinity: NODE_AFFINITY }),
};

const WORKLOAD = {
  parallelism: number,
  replicas: number,
  completions: number,
  completionMode: text,
  backoffLimitPerIndex: number,
  successPolicy: record({ rules: list(record({ succeededIndexes: text, succeededCount: number })) }),
  backoffLimit: number,
  activeDeadlineSeconds: number,
  ttlSecondsAfterFinished: number,
  suspend: flag,
  template: record({ metadata: METADATA, spec: record(POD) }),
  podFailurePolicy: record({
    rules: list(
      record({
        action: text,
        onExitCodes: record({ containerName: text, operator: text, values: list(number) }),
        onPodConditions: list(record({ type: text })),
      }),
    ),
  }),
  volumeClaimTemplates: list(
    record({ metadata: METADATA, spec: record({ resources: record({ requests: record({ storage: text }) }) }) }),
  ),
};

const CRON_JOB = {
  schedule: text,
  timeZone: text,
  concurrencyPolicy: text,
  startingDeadlineSeconds: number,
  successfulJobsHistoryLimit: number,
  failedJobsHistoryLimit: number,
  jobTemplate: record({ metadata: METADATA, spec: record(WORKLOAD) }),
};

const SCALER = {
  scaleTargetRef: record({ kind: text, name: text }),
  minReplicas: number,
  maxReplicas: number,
  minReplicaCount: number,
  maxReplicaCount: number,
  cooldownPeriod: number,
  triggers: list(record({ type: text, metadata: texts })),
  metrics: list(
    record({
      type: text,
      resource: record({ name: text }),
      external: record({ metric: record({ name: text }), target: record({ averageValue: text }) }),
    }),
  ),
};

const SERVICE = { selector: texts, ports: list(record({ port: number })) };
const NETWORK_POLICY = {
  podSelector: record({ matchLabels: texts, matchExpressions: list(record({})) }),
  policyTypes: list(text),
  ingress: list(record({ from: list(record({})) })),
};

const MANIFEST = record({
  kind: (value) => (typeof value === 'string' ? value : undefined),
  metadata: METADATA,
  data: texts,
  items: list((value) => readManifest(value)),
  spec: record({ ...POD, ...WORKLOAD, ...CRON_JOB, ...SCALER, ...SERVICE, ...NETWORK_POLICY }),
});

/** A Kubernetes object without whatever is not of the type that it has to be; undefined where it names no kind. */
export function readManifest(value: unknown): Manifest | undefined {
  const manifest = MANIFEST(value) as Manifest | undefined;
  return manifest?.kind === undefined ? undefined : manifest;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function kept(entries: readonly (readonly [string, unknown])[]): Record<string, unknown> {
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}
