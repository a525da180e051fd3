import type { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import { allowEgressOnly, type Labels, type NetworkPolicyEgressRule, WORKLOAD_LABEL } from '../kubernetes';
import { egressRules, flag, type Table } from '../props';
import { type RedisStore, storeEgress } from '../store';

/** Props by which a user says where the pods of a queue may connect to. */
export interface EgressProps {
  /**
   * Whether a NetworkPolicy confines the pods of the workers and of the fill: they may reach DNS, the store, the stores of
   * the queues that they wait for, what `egressRules` allow, and nothing else. A store that is made is known by its pod, an
   * external one by its `egressRules`, or by its address; of one that has a host name, its port is open to anywhere. It takes a
   * network plugin that enforces policies.
   *
   * @default false
   * @example egressPolicy: true
   */
  readonly egressPolicy?: boolean;

  /**
   * Where else the pods of the workers and of the fill may connect to, as in a NetworkPolicy.
   *
   * @default - nowhere
   * @example egressRules: [{ to: [{ ipBlock: { cidr: '192.0.2.0/24' } }], ports: [{ port: 443 }] }]
   */
  readonly egressRules?: NetworkPolicyEgressRule[];
}

export const EGRESS: Table<EgressProps> = {
  egressPolicy: { is: flag },
  egressRules: {
    is: egressRules,
    onlyWith: {
      egressPolicy: 'It says what an egress policy allows beside the store, and there is none: egressPolicy: true.',
    },
  },
};

const RULES = 'It is a rule with `to` and `ports`: egressRules: [{ to: [{ ipBlock: { cidr: "192.0.2.0/24" } }] }].';
const OF_THE_STORE = 'It is a prop of the store: redis: RedisStore.pod(chart, "redis", { networkPolicyPeers: [...] }).';

/** Names that people give to these props from habit. */
export const EGRESS_FOREIGN = {
  egress: RULES,
  egressPeers: RULES,
  networkPolicy: `${OF_THE_STORE} Where workers may connect to is \`egressPolicy: true\`, with \`egressRules\`.`,
  networkPolicyPeers: OF_THE_STORE,
  networkPolicyPorts: OF_THE_STORE,
};

/** Options of `egressPolicy`. */
export interface EgressPolicyOptions {
  /** Name of the policy. */
  readonly name: string;
  /** Labels of the policy itself. */
  readonly labels: Labels;
  /** Names of the workloads whose pods are confined. */
  readonly workloads: readonly string[];
  /** The stores that those pods reach. */
  readonly stores: readonly RedisStore[];
}

/** The NetworkPolicy that confines the pods of a queue, if it is asked for. */
export function egressPolicy(
  scope: Construct,
  props: EgressProps,
  options: EgressPolicyOptions,
): ApiObject | undefined {
  if (!props.egressPolicy) return undefined;
  const { name, labels, workloads, stores } = options;
  const toStores = new Map(stores.flatMap(storeEgress).map((rule) => [JSON.stringify(rule), rule]));
  return allowEgressOnly(scope, 'EgressPolicy', {
    name,
    labels,
    pods: { matchExpressions: [{ key: WORKLOAD_LABEL, operator: 'In', values: [...workloads] }] },
    rules: [...toStores.values(), ...(props.egressRules ?? [])],
  });
}
