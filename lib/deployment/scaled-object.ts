import { ApiObject, Chart } from 'cdk8s';
import type { Construct } from 'constructs';
import { queueKeys } from '../../worker/contract';
import type { Manifest } from '../kubernetes';
import { type At, kind, name, type Shape, shape, whole } from '../props';
import { addressText, parseAddress, type RedisAddress, type RedisStore } from '../store';
import { itemsFor, type ScaleTarget, scaleTargetRef } from './scale-target';

/** How KEDA scales the workers, by the length of the list. The cluster must run KEDA. */
export interface ScaledObjectProps {
  /**
   * The fewest workers. With 0 none run while there is nothing to do: nothing in the list, nothing that waits for another
   * attempt, and nothing in the hands of a worker.
   *
   * @default 1
   * @example minReplicaCount: 0
   */
  readonly minReplicaCount?: number;
  /**
   * The most workers.
   *
   * @example maxReplicaCount: 20
   */
  readonly maxReplicaCount: number;
  /**
   * So many items wait for each worker: with 500 in the list and 50 for each, ten workers run.
   *
   * @default - 10 × concurrency
   * @example itemsPerWorker: 50
   */
  readonly itemsPerWorker?: number;
  /**
   * How often KEDA looks at the list, in seconds.
   *
   * @default 30
   * @example pollingInterval: 10
   */
  readonly pollingInterval?: number;
  /**
   * How long there must have been nothing to do before the last worker is ended, in seconds. It is for `minReplicaCount: 0`.
   *
   * @default 300
   * @example cooldownPeriod: 600
   */
  readonly cooldownPeriod?: number;
  /**
   * `host:port` of the store, as the operator of KEDA reaches it, which runs in another namespace. Of sentinels, and of nodes
   * of a Redis Cluster, it may be several, with commas between them.
   *
   * @default - the Service of the store in the namespace of the chart, which must have one; of an external store, its addresses
   * @example address: 'redis.batch.svc:6379'
   */
  readonly address?: string;
  /**
   * The namespace of KEDA. Where the store has a NetworkPolicy, another one lets the pods of that namespace in.
   *
   * @default 'keda'
   * @example kedaNamespace: 'openshift-keda'
   */
  readonly kedaNamespace?: string;
}

const ADDRESS = 'It must be host:port: "redis.batch.svc:6379".';

export const SCALED_OBJECT: Shape<ScaledObjectProps> = shape<ScaledObjectProps>({
  of: 'scaledObject',
  like: '{ maxReplicaCount: 20 }',
  props: {
    minReplicaCount: { is: whole(0) },
    maxReplicaCount: { is: whole(1), required: 'It must be the most workers that may run: 20.' },
    itemsPerWorker: { is: whole(1) },
    pollingInterval: { is: whole(1) },
    cooldownPeriod: { is: whole(0) },
    address: { is: kind((given) => typeof given === 'string' && isAddress(given), ADDRESS) },
    kedaNamespace: { is: name },
  },
  foreign: {
    minReplicas: 'It is `minReplicaCount`, as in KEDA: { minReplicaCount: 2, maxReplicaCount: 20 }.',
    maxReplicas: 'It is `maxReplicaCount`, as in KEDA: { maxReplicaCount: 20 }.',
    listLength: 'It is `itemsPerWorker`: { itemsPerWorker: 50, maxReplicaCount: 20 }.',
    triggers: 'The trigger is the length of the list, `itemsPerWorker` for each worker.',
    scaleTargetRef: 'It is this Deployment. Remove it.',
  },
  together({ minReplicaCount = 1, maxReplicaCount }, at) {
    if (minReplicaCount <= maxReplicaCount) return;
    throw at
      .prop('minReplicaCount')
      .refusal(minReplicaCount, `It must be at most \`maxReplicaCount\`, which is ${maxReplicaCount}.`);
  },
});

/** `host:port`, or several of them with commas between them. */
function isAddress(text: string): boolean {
  return text.split(',').every((each) => /:\d+$/.test(each) && parseAddress(each, 0) !== undefined);
}

/** What lets KEDA scale the workers. */
export interface Scaler {
  readonly scaledObject: ApiObject;
  /** With the credentials and the authorities of the store, if it has any. */
  readonly triggerAuthentication: ApiObject | undefined;
  /** Lets the operator reach a store that has a NetworkPolicy. */
  readonly networkPolicy: ApiObject | undefined;
}

const TRIGGERS = { single: 'redis', sentinel: 'redis-sentinel', cluster: 'redis-cluster' } as const;

/** No worker is started for as many items as that; but one runs where there is any. */
const ONLY_ACTIVATES = '1000000000';

/** The objects of KEDA that scale the workers. */
export function scaledObject(scope: Construct, props: ScaledObjectProps, target: ScaleTarget, at: At): Scaler {
  const { name, labels, queueName, redis } = target;
  const { minReplicaCount = 1, maxReplicaCount, pollingInterval, cooldownPeriod } = props;
  const connection = connectionOf(scope, props, redis, at);
  const triggerAuthentication = triggerAuthenticationOf(scope, props, target);
  const trigger = (listName: string, listLength: string): Manifest => ({
    type: TRIGGERS[redis._topology],
    metadata: { ...connection, listName, listLength },
    authenticationRef: triggerAuthentication && { name },
  });
  const { retries, suspects, leases } = queueKeys(queueName);
  // Where no worker may be left, one has to come for what is not in the list.
  const others = minReplicaCount === 0 ? [retries, suspects, leases] : [];
  return {
    scaledObject: new ApiObject(scope, 'ScaledObject', {
      apiVersion: 'keda.sh/v1alpha1',
      kind: 'ScaledObject',
      metadata: { name, labels },
      spec: {
        scaleTargetRef: scaleTargetRef(target),
        minReplicaCount,
        maxReplicaCount,
        pollingInterval,
        cooldownPeriod,
        triggers: [
          trigger(queueName, String(itemsFor(props.itemsPerWorker, target))),
          ...others.map((key) => trigger(key, ONLY_ACTIVATES)),
        ],
      },
    }),
    triggerAuthentication,
    networkPolicy: networkPolicyOf(scope, props, target),
  };
}

/** What is in the metadata of a trigger, so that KEDA reaches the store; what is secret is in its TriggerAuthentication. */
function connectionOf(scope: Construct, { address }: ScaledObjectProps, redis: RedisStore, at: At): Manifest {
  const { database, username, sentinelUsername } = redis;
  if (typeof database === 'object') {
    throw at.refusal(
      'a scaler of a store whose `database` is in a Secret',
      'KEDA takes the number of a database from the manifest alone. Give it there: database: 2.',
    );
  }
  return {
    ...addressOf(scope, address, redis, at),
    ...(redis.primaryName && { sentinelMaster: redis.primaryName }),
    ...(database && { databaseIndex: String(database) }),
    ...(typeof username === 'string' && { username }),
    ...(typeof sentinelUsername === 'string' && { sentinelUsername }),
    ...(redis.tls && { enableTLS: 'true' }),
  };
}

function addressOf(scope: Construct, given: string | undefined, redis: RedisStore, at: At): Manifest {
  const { hostFrom, port, addresses } = redis;
  if (redis._topology === 'single') {
    if (given?.includes(',')) throw at.prop('address').refusal(given, `The store is at one address. ${ADDRESS}`);
    // The host is in the TriggerAuthentication.
    if (!given && hostFrom) return { port: String(port) };
    return { address: given ?? fromElsewhere(scope, { host: redis.host, port }, at) };
  }
  return { addresses: given ?? addresses.map((each) => fromElsewhere(scope, each, at, redis.service)).join(',') };
}

/** An address for a client in another namespace; of a store that a chart makes, dots or not. */
function fromElsewhere(scope: Construct, { host, port }: RedisAddress, at: At, made?: ApiObject): string {
  if (!made && /[.:]/.test(host)) return addressText({ host, port });
  const { namespace } = Chart.of(scope);
  if (namespace !== undefined) return `${host}.${namespace}.svc:${port}`;
  throw at
    .prop('address')
    .refusal(
      undefined,
      `KEDA runs in another namespace, where ${JSON.stringify(host)} is no host, and this chart does not say in which it ` +
        'is: new Chart(app, "jobs", { namespace: "batch" }). Or give the address: ' +
        `scaledObject: { address: "${host}.batch.svc:${port}" }.`,
    );
}

function triggerAuthenticationOf(
  scope: Construct,
  { address }: ScaledObjectProps,
  { name, labels, redis }: ScaleTarget,
): ApiObject | undefined {
  const { secret, configMap, key } = redis.certificateAuthorities ?? {};
  const certificate = redis.clientCertificate?.secret;
  const from = {
    host: address ? undefined : redis.hostFrom,
    username: redis.username,
    password: redis.password,
    sentinelUsername: redis.sentinelUsername,
    sentinelPassword: redis.sentinelPassword,
    ca: secret && { secret, key },
    cert: certificate && { secret: certificate, key: 'tls.crt' },
    key: certificate && { secret: certificate, key: 'tls.key' },
  };
  const secretTargetRef = Object.entries(from).flatMap(([parameter, value]) =>
    typeof value === 'object' ? [{ parameter, name: value.secret.name, key: value.key }] : [],
  );
  const configMapTargetRef = configMap && [{ parameter: 'ca', name: configMap.name, key }];
  if (secretTargetRef.length === 0 && !configMapTargetRef) return undefined;
  return new ApiObject(scope, 'TriggerAuthentication', {
    apiVersion: 'keda.sh/v1alpha1',
    kind: 'TriggerAuthentication',
    metadata: { name, labels },
    spec: { ...(secretTargetRef.length > 0 && { secretTargetRef }), configMapTargetRef },
  });
}

function networkPolicyOf(
  scope: Construct,
  { kedaNamespace = 'keda' }: ScaledObjectProps,
  { name, labels, redis }: ScaleTarget,
): ApiObject | undefined {
  if (!redis.networkPolicy) return undefined;
  return new ApiObject(scope, 'ScalerNetworkPolicy', {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: `${name}-keda`, labels },
    spec: {
      podSelector: { matchLabels: redis.podSelector },
      policyTypes: ['Ingress'],
      ingress: [
        {
          from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': kedaNamespace } } }],
          ports: (redis._policyPorts ?? [redis.port]).map((port) => ({ protocol: 'TCP', port })),
        },
      ],
    },
  });
}
