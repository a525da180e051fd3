import { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import type { Labels } from './labels';

/** Options of `allowClientsOnly`. */
export interface ClientsOnlyOptions {
  /** Name of the policy. */
  readonly name: string;
  /** Labels of the pods that are protected. */
  readonly server: Labels;
  /** Labels of the pods that may connect, in the same namespace. */
  readonly clients: Labels;
  /** Labels of the policy itself. */
  readonly labels: Labels;
  /** The port that is left open. */
  readonly port: number;
}

/** A NetworkPolicy that lets labelled clients of the same namespace reach one port, and other pods none. */
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
          from: [{ podSelector: { matchLabels: options.clients } }],
          ports: [{ protocol: 'TCP', port: options.port }],
        },
      ],
    },
  });
}
