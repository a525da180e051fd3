/**
 * A volume of a pod: a Volume of any version of cdk8s-plus, or what Kubernetes has for it: its name, and one of the others,
 * as in a manifest.
 *
 * @example
 * { name: 'scratch', emptyDir: { sizeLimit: '1Gi' } }
 */
export interface Volume {
  /** Name of the volume in the pod. */
  readonly name: string;
  /**
   * A ConfigMap.
   *
   * @default - none
   * @example configMap: { name: 'settings' }
   */
  readonly configMap?: unknown;
  /**
   * A volume that a CSI driver makes for the pod.
   *
   * @default - none
   * @example csi: { driver: 'secrets-store.csi.k8s.io', readOnly: true, volumeAttributes: { secretProviderClass: 'aws' } }
   */
  readonly csi?: unknown;
  /**
   * Fields of the pod.
   *
   * @default - none
   * @example downwardAPI: { items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }] }
   */
  readonly downwardAPI?: unknown;
  /**
   * A directory that is empty at first, and goes with the pod.
   *
   * @default - none
   * @example emptyDir: { medium: 'Memory', sizeLimit: '256Mi' }
   */
  readonly emptyDir?: unknown;
  /**
   * A volume claim that is made with the pod, and goes with it.
   *
   * @default - none
   * @example ephemeral: { volumeClaimTemplate: { spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '9Gi' } } } } }
   */
  readonly ephemeral?: unknown;
  /**
   * A volume claim.
   *
   * @default - none
   * @example persistentVolumeClaim: { claimName: 'pictures' }
   */
  readonly persistentVolumeClaim?: unknown;
  /**
   * Several sources in one directory.
   *
   * @default - none
   * @example projected: { sources: [{ secret: { name: 'a' } }, { configMap: { name: 'b' } }] }
   */
  readonly projected?: unknown;
  /**
   * A Secret.
   *
   * @default - none
   * @example secret: { secretName: 'credentials' }
   */
  readonly secret?: unknown;
}

/** A volume, and where it is mounted. */
export interface VolumeMount {
  /**
   * Where it is mounted: an absolute path without colons.
   *
   * @example mountPath: '/scratch'
   */
  readonly mountPath: string;
  /**
   * What is mounted.
   *
   * @example volume: { name: 'scratch', emptyDir: {} }
   */
  readonly volume: Volume;
  /**
   * Whether nothing can be written there.
   *
   * @default false
   * @example readOnly: true
   */
  readonly readOnly?: boolean;
  /**
   * A path in the volume to mount in place of its root.
   *
   * @default - the root
   * @example subPath: 'pictures'
   */
  readonly subPath?: string;
  /**
   * The same with variables of the container, `$(NAME)`. Refused beside `subPath`.
   *
   * @default - none
   * @example subPathExpr: '$(HOSTNAME)'
   */
  readonly subPathExpr?: string;
  /**
   * Whether mounts that the node makes in the volume later are seen: `None` or `HostToContainer`.
   *
   * @default 'None'
   * @example mountPropagation: 'HostToContainer'
   */
  readonly mountPropagation?: string;
}
