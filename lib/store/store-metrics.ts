import { ApiObject, Size } from 'cdk8s';
import type { Construct } from 'constructs';
import { DEFAULT_NODE_IMAGE, exporterProgram } from '../entry';
import {
  BUNDLE_LABEL,
  Cpu,
  type CpuResources,
  containerSecurityContext,
  type Labels,
  type Manifest,
  renderResources,
  type SecretValue,
  type SizeResources,
  withRequests,
} from '../kubernetes';
import { connectionMounts, connectionVolumes, type RedisConnectionSpec, workerConnection } from './redis-connection';
import { REDIS_PORT } from './redis-server';
import type { StoreCertificate } from './redis-store-props';
import type { StoreMetricsProps } from './store-metrics-props';

const METRICS_PORT = 9464;

const VOLUME = 'metrics';
const DIRECTORY = '/metrics';
/** As a bundle has it (`EntryBundle.redact`). */
const PROGRAM = 'part-0';

/** Unpacks the program and runs it. */
const RUN = `eval(require("zlib").inflateSync(require("fs").readFileSync("${DIRECTORY}/${PROGRAM}")).toString())`;

const REQUESTS = { cpu: Cpu.millis(10), memory: Size.mebibytes(64) };
const MEMORY_LIMIT = Size.mebibytes(128);

/** What the pod of a store tells of it. */
interface MeteredProps extends StoreMetricsProps {
  readonly password?: SecretValue;
  readonly tls?: StoreCertificate;
  readonly cpu?: CpuResources;
  readonly ephemeralStorage?: SizeResources;
}

/** A member of a replicated store, which has a name of its own in the certificate. */
interface MeteredMember {
  readonly host: string;
  /** Variables that the name is made of. */
  readonly env: readonly Manifest[];
}

/** What the pod of a store has more where it serves metrics. */
export interface MetricsOfPod {
  readonly initContainers?: Manifest[];
  readonly volumes: Manifest[];
}

/**
 * The sidecar that serves the metrics of the Redis in its pod. Of a replicated store each member has one, and that of the
 * primary tells of the queues.
 *
 * Nothing in the pod changes with the version of the program, so that an upgrade of this package restarts no Redis: the
 * sidecar takes what is in the ConfigMap when it starts.
 */
export function metricsOfPod(props: MeteredProps, host: string, member?: MeteredMember): MetricsOfPod {
  if (!props.metrics) return { volumes: [] };
  const { metricsImage = DEFAULT_NODE_IMAGE, cpu, ephemeralStorage, tls } = props;
  const connection = connectionInPod(props);
  const listen = ['--listen', `:${METRICS_PORT}`, ...(tls ? ['--tls-servername', member?.host ?? host] : [])];
  return {
    initContainers: [
      {
        name: 'metrics',
        image: metricsImage,
        restartPolicy: 'Always',
        command: ['node', '--max-old-space-size=64', '--eval', RUN, '--', ...listen],
        env: [...(member?.env ?? []), ...workerConnection(connection)],
        ports: [{ name: 'metrics', containerPort: METRICS_PORT }],
        resources: renderResources(
          withRequests(
            {
              // A namespace whose quota asks for a limit asks for one of each container.
              cpu: cpu?.limit && { limit: cpu.limit },
              memory: { limit: MEMORY_LIMIT },
              ephemeralStorage: ephemeralStorage && { request: Size.mebibytes(16), limit: Size.mebibytes(64) },
            },
            REQUESTS,
          ),
        ),
        securityContext: containerSecurityContext(true),
        // No readiness: whether metrics are served is nothing to the clients of the store.
        livenessProbe: { httpGet: { path: '/healthz', port: 'metrics' }, periodSeconds: 30, timeoutSeconds: 10 },
        volumeMounts: [{ name: VOLUME, mountPath: DIRECTORY, readOnly: true }, ...connectionMounts(connection)],
      },
    ],
    volumes: [{ name: VOLUME, configMap: { name: programName(host) } }, ...connectionVolumes(connection)],
  };
}

/** The way to the Redis of the same pod. */
function connectionInPod({ password, tls }: MeteredProps): RedisConnectionSpec {
  return {
    url: `${tls ? 'rediss' : 'redis'}://127.0.0.1:${REDIS_PORT}`,
    ...(password && { password }),
    ...(tls && { certificateAuthorities: { secret: tls.secret, key: 'ca.crt' } }),
  };
}

const programName = (host: string) => `${host}-metrics`;

/** The objects beside the pod, if it serves metrics. */
export interface MetricsObjects {
  readonly metricsProgram?: ApiObject;
  readonly metricsPolicy?: ApiObject;
  readonly podMonitor?: ApiObject;
}

/** Makes what the metrics of a store need beside its pod. */
export function metricsObjects(
  store: Construct,
  props: StoreMetricsProps & { readonly networkPolicy?: boolean },
  { host, labels, selector }: { readonly host: string; readonly labels: Labels; readonly selector: Labels },
): MetricsObjects {
  if (!props.metrics) return {};
  const name = programName(host);
  const { compressed, hash } = exporterProgram();
  const object = (id: string, manifest: { apiVersion: string; kind: string } & Manifest, more: Labels = {}) =>
    new ApiObject(store, id, { ...manifest, metadata: { name, labels: { ...labels, ...more } } });
  return {
    metricsProgram: object(
      'MetricsProgram',
      { apiVersion: 'v1', kind: 'ConfigMap', binaryData: { [PROGRAM]: compressed.toString('base64') } },
      { [BUNDLE_LABEL]: hash },
    ),
    ...((props.networkPolicy ?? true) && {
      metricsPolicy: object('MetricsPolicy', {
        apiVersion: 'networking.k8s.io/v1',
        kind: 'NetworkPolicy',
        spec: {
          podSelector: { matchLabels: selector },
          policyTypes: ['Ingress'],
          ingress: [
            {
              ...(props.metricsPeers && { from: props.metricsPeers }),
              ports: [{ protocol: 'TCP', port: METRICS_PORT }],
            },
          ],
        },
      }),
    }),
    ...(props.podMonitor && {
      podMonitor: object(
        'PodMonitor',
        {
          apiVersion: 'monitoring.coreos.com/v1',
          kind: 'PodMonitor',
          spec: { selector: { matchLabels: selector }, podMetricsEndpoints: [{ port: 'metrics' }] },
        },
        props.podMonitorLabels,
      ),
    }),
  };
}
