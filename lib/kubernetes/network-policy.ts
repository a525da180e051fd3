import { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import type { LabelSelector } from './label-selector';
import type { Labels } from './labels';

/** A range of addresses. */
export interface IpBlock {
  /**
   * The network, with the length of its prefix; a single address has 32, or 128.
   *
   * @example cidr: '10.0.0.0/8'
   */
  readonly cidr: string;
  /**
   * Networks in it that are left out.
   *
   * @default - none
   * @example except: ['10.1.0.0/16']
   */
  readonly except?: string[];
}

/**
 * One end of a connection, as a NetworkPolicy has it: pods by their labels, by the labels of their namespace, or by both; or
 * addresses.
 */
export interface NetworkPolicyPeer {
  /**
   * Pods with these labels; those of the same namespace, unless `namespaceSelector` is given.
   *
   * @default - all pods of the namespaces, or `ipBlock`
   * @example podSelector: { matchLabels: { app: 'grafana' } }
   */
  readonly podSelector?: LabelSelector;
  /**
   * Namespaces with these labels; an empty one means all namespaces.
   *
   * @default - the namespace of the policy, or `ipBlock`
   * @example namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } }
   */
  readonly namespaceSelector?: LabelSelector;
  /**
   * Addresses. It stands alone.
   *
   * @default - pods
   * @example ipBlock: { cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] }
   */
  readonly ipBlock?: IpBlock;
}

/** Ports of a rule. */
export interface NetworkPolicyPort {
  /**
   * The port, or the first one of a range. It is that of the pods behind a Service, not of the Service.
   *
   * @default - all ports
   * @example port: 443
   */
  readonly port?: number;
  /**
   * The last port of a range.
   *
   * @default - the port alone
   * @example endPort: 32767
   */
  readonly endPort?: number;
  /**
   * `TCP`, `UDP` or `SCTP`.
   *
   * @default 'TCP'
   * @example protocol: 'UDP'
   */
  readonly protocol?: string;
}

/** Where pods may connect to. */
export interface NetworkPolicyEgressRule {
  /**
   * The other end.
   *
   * @default - anywhere
   * @example to: [{ ipBlock: { cidr: '192.0.2.0/24' } }]
   */
  readonly to?: NetworkPolicyPeer[];
  /**
   * Its ports.
   *
   * @default - all ports
   * @example ports: [{ port: 443 }]
   */
  readonly ports?: NetworkPolicyPort[];
}

/** Options of `allowClientsOnly`. */
export interface ClientsOnlyOptions {
  /** Name of the policy. */
  readonly name: string;
  /** Labels of the pods that are protected. */
  readonly server: Labels;
  /** Labels of the pods that may connect, in the same namespace. */
  readonly clients: Labels;
  /** Who else may. */
  readonly peers: readonly NetworkPolicyPeer[];
  /** Labels of the policy itself. */
  readonly labels: Labels;
  /** The ports that are left open. */
  readonly ports: readonly number[];
}

/** A NetworkPolicy that lets labelled clients of the same namespace, and further peers, reach some ports, and others none. */
export function allowClientsOnly(scope: Construct, id: string, options: ClientsOnlyOptions): ApiObject {
  return new ApiObject(scope, id, {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: options.name, labels: options.labels },
    spec: {
      podSelector: { matchLabels: options.server },
      policyTypes: ['Ingress'],
      ingress: [
        {
          from: [{ podSelector: { matchLabels: options.clients } }, ...options.peers],
          ports: options.ports.map((port) => ({ protocol: 'TCP', port })),
        },
      ],
    },
  });
}

/** Options of `allowEgressOnly`. */
export interface EgressOnlyOptions {
  /** Name of the policy. */
  readonly name: string;
  /** The pods that are confined. */
  readonly pods: LabelSelector;
  /** Labels of the policy itself. */
  readonly labels: Labels;
  /** Where they may connect to, besides DNS. */
  readonly rules: readonly NetworkPolicyEgressRule[];
}

const onPort = (port: number) => ['UDP', 'TCP'].map((protocol) => ({ protocol, port }));

/** A NetworkPolicy by which pods reach DNS, what its rules say, and nothing else. */
export function allowEgressOnly(scope: Construct, id: string, options: EgressOnlyOptions): ApiObject {
  return new ApiObject(scope, id, {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: options.name, labels: options.labels },
    spec: {
      podSelector: options.pods,
      policyTypes: ['Egress'],
      egress: [
        // Wherever DNS is: pods of another namespace, a cache on the node, the provider's.
        { ports: onPort(53) },
        // The pods of OpenShift's DNS listen there.
        { to: [{ namespaceSelector: {} }], ports: onPort(5353) },
        ...options.rules.map(({ to, ports }) => ({
          ...(to && { to }),
          ...(ports && { ports: ports.map((port) => ({ protocol: 'TCP', ...port })) }),
        })),
      ],
    },
  });
}
