import type { ContainerResources } from './container-resources';
import type { EnvValue } from './env-value';
import type { VolumeMount } from './volume';

/** A port that a container listens on. */
export interface ContainerPort {
  /**
   * The number, 1 to 65535.
   *
   * @example containerPort: 9121
   */
  readonly containerPort: number;
  /**
   * A name by which probes and Services refer to it, at most 15 characters.
   *
   * @default - none
   * @example name: 'metrics'
   */
  readonly name?: string;
  /**
   * `TCP`, `UDP` or `SCTP`.
   *
   * @default 'TCP'
   * @example protocol: 'UDP'
   */
  readonly protocol?: string;
}

/**
 * Another container of a pod: one that prepares something before the program starts, or a sidecar that runs beside it.
 *
 * It has the security context of Pod Security "restricted", unless `securityContext` says otherwise, and of the pod the
 * user and group ids.
 */
export interface PodContainer {
  /**
   * Name of the container, unique in its pod. The construct's own are taken: `worker`, `gate`, `after-1` and so on,
   * `fill`, `seal`, `turn`, and with `agent: true` that of the agent, `agent`.
   *
   * @example name: 'model'
   */
  readonly name: string;
  /**
   * The image.
   *
   * @example image: 'registry.example/fetch-model:1'
   */
  readonly image: string;
  /**
   * `Always`, `IfNotPresent` or `Never`.
   *
   * @default - `Always` for the tag `latest` and for none, else `IfNotPresent`
   * @example imagePullPolicy: 'Always'
   */
  readonly imagePullPolicy?: string;
  /**
   * What it runs, in place of the image's entrypoint.
   *
   * @default - the image's entrypoint
   * @example command: ['fetch-model']
   */
  readonly command?: string[];
  /**
   * Arguments.
   *
   * @default - the image's arguments
   * @example args: ['--to', '/models']
   */
  readonly args?: string[];
  /**
   * The directory that it works in.
   *
   * @default - that of the image
   * @example workingDir: '/srv'
   */
  readonly workingDir?: string;
  /**
   * Variables: text, numbers, `true` and `false`, or an `EnvValue`.
   *
   * @default - none
   * @example env: { MODEL: 'small' }
   */
  readonly env?: { readonly [name: string]: string | number | boolean | EnvValue };
  /**
   * ConfigMaps and Secrets whose keys are variables, as in Kubernetes' YAML, or an `EnvFrom` of cdk8s-plus.
   *
   * @default - none
   * @example envFrom: [{ secretRef: { name: 'credentials' } }]
   */
  // biome-ignore lint/suspicious/noExplicitAny: as Kubernetes or cdk8s-plus write it
  readonly envFrom?: any[];
  /**
   * Requests and limits. A resource that is not mentioned keeps its default.
   *
   * @default - requests of 100m CPU and 128Mi memory, no limits
   * @example resources: { memory: { limit: Size.mebibytes(256) } }
   */
  readonly resources?: ContainerResources;
  /**
   * Volumes, each with where it is mounted. One that the program mounts too is the same volume.
   *
   * @default - none
   * @example volumeMounts: [{ mountPath: '/models', volume: { name: 'models', emptyDir: {} } }]
   */
  readonly volumeMounts?: VolumeMount[];
  /**
   * Ports that it listens on.
   *
   * @default - none are declared
   * @example ports: [{ name: 'metrics', containerPort: 9121 }]
   */
  readonly ports?: ContainerPort[];
  /**
   * What is called when it has started, and before it ends, as in Kubernetes' YAML. For sidecars.
   *
   * @default - nothing
   * @example lifecycle: { preStop: { exec: { command: ['/bin/drain'] } } }
   */
  // biome-ignore lint/suspicious/noExplicitAny: as Kubernetes writes it
  readonly lifecycle?: any;
  /**
   * When it counts as started, as in Kubernetes' YAML; what comes after a sidecar waits for that. For sidecars.
   *
   * @default - when its process runs
   * @example startupProbe: { httpGet: { path: '/startup', port: 9090 } }
   */
  // biome-ignore lint/suspicious/noExplicitAny: as Kubernetes writes it
  readonly startupProbe?: any;
  /**
   * When it is ready, as in Kubernetes' YAML. For sidecars.
   *
   * @default - when it has started
   * @example readinessProbe: { tcpSocket: { port: 5432 } }
   */
  // biome-ignore lint/suspicious/noExplicitAny: as Kubernetes writes it
  readonly readinessProbe?: any;
  /**
   * When it is restarted, as in Kubernetes' YAML. For sidecars.
   *
   * @default - when its process has ended
   * @example livenessProbe: { httpGet: { path: '/liveness', port: 9090 }, periodSeconds: 30 }
   */
  // biome-ignore lint/suspicious/noExplicitAny: as Kubernetes writes it
  readonly livenessProbe?: any;
  /**
   * What Kubernetes lets it do, as in its YAML, over that of Pod Security "restricted".
   *
   * @default - no privilege escalation, no capabilities
   * @example securityContext: { runAsUser: 10001, readOnlyRootFilesystem: true }
   */
  // biome-ignore lint/suspicious/noExplicitAny: as Kubernetes writes it
  readonly securityContext?: any;
}
