import { Chart } from 'cdk8s';
import type { Construct } from 'constructs';

/** Labels, as a selector takes them. */
export interface Labels {
  readonly [key: string]: string;
}

/** The label by which a store knows its clients. Its value is the name of the store's Service. */
export const CLIENT_LABEL = 'cdk8s-redis-work-queue/client-of';

/** The label by which the Service and the NetworkPolicy of a store select its pod. Its value is the Service's name. */
export const STORE_LABEL = 'cdk8s-redis-work-queue/store';

/**
 * The label of the pods that a construct of this package runs. Its value is the name of the Job that runs them, without
 * the hash that is added to one that nobody has given.
 */
export const WORKLOAD_LABEL = 'cdk8s-redis-work-queue/workload';

/** The label of a ConfigMap that holds a part of a bundle. Its value is the hash of the code. */
export const BUNDLE_LABEL = 'cdk8s-redis-work-queue/bundle';

/**
 * Labels that describe an object or a pod. Those of the user's chart win over them.
 *
 * Nothing selects by these: tools own them too. Argo CD, for one, overwrites `app.kubernetes.io/instance` in the
 * metadata of every object that it applies. Selectors use labels of this package alone, which are set after these.
 */
export function descriptiveLabels(scope: Construct, labels: Labels): Labels {
  return { ...labels, 'app.kubernetes.io/managed-by': 'cdk8s', ...Chart.of(scope).labels };
}
