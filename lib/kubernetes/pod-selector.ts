import type { IConstruct } from 'constructs';
import type { Labels } from './labels';

// What cdk8s-plus of any version takes for pods: its NetworkPolicy, its Service and the connections and the scheduling of its
// workloads. Its own LabelSelector is a class, so what stands for it here has no type.

/** The namespaces of selected pods, as cdk8s-plus names them. */
export interface PodSelectorNamespaces {
  /** Their names. */
  readonly names?: string[];
}

/** What selects pods, as cdk8s-plus reads it. */
export interface PodSelectorConfig {
  /** A `kplus.LabelSelector`. */
  // biome-ignore lint/suspicious/noExplicitAny: a class of whatever version of cdk8s-plus
  readonly labelSelector: any;
  /**
   * Their namespaces.
   *
   * @default - the namespace of whoever selects them
   */
  readonly namespaces?: PodSelectorNamespaces;
}

/** One side of a connection, as cdk8s-plus reads it: pods, or addresses. */
export interface NetworkPolicyPeerConfig {
  /**
   * Pods.
   *
   * @default - addresses
   */
  readonly podSelector?: PodSelectorConfig;
  /**
   * Addresses: a `kplus.NetworkPolicyIpBlock`.
   *
   * @default - pods
   */
  // biome-ignore lint/suspicious/noExplicitAny: a class of whatever version of cdk8s-plus
  readonly ipBlock?: any;
}

/** Selects pods, for `kplus.NetworkPolicy`, `kplus.Service` and `scheduling`. */
export interface IPodSelector extends IConstruct {
  /** How the pods are selected. */
  toPodSelectorConfig(): PodSelectorConfig;
}

/** One side of a connection, for the rules of `kplus.NetworkPolicy` and for `connections`. */
export interface INetworkPolicyPeer extends IConstruct {
  /** What it is: pods, or addresses. */
  toNetworkPolicyPeerConfig(): NetworkPolicyPeerConfig;
  /** The same as a selector of pods, where it is pods. */
  toPodSelector(): IPodSelector | undefined;
}

/** Pods with these labels, in this namespace if it is known. */
export function podSelectorConfig(labels: Labels, namespace: string | undefined): PodSelectorConfig {
  return {
    labelSelector: { isEmpty: () => false, _toKube: () => ({ matchLabels: { ...labels } }) },
    ...(namespace !== undefined && { namespaces: { names: [namespace] } }),
  };
}

/** One address. */
export function addressConfig(cidr: string): NetworkPolicyPeerConfig {
  return { ipBlock: { cidr, _toKube: () => ({ cidr }) } };
}
