import type { Construct } from 'constructs';
import { descriptiveLabels, type Labels, STORE_LABEL } from '../kubernetes';

/** By what the Service and the NetworkPolicy of a made store find its pod. */
export function redisSelector(host: string): Labels {
  return { [STORE_LABEL]: host };
}

/** The labels of all objects of a made store. */
export function redisLabels(store: Construct, host: string): Labels {
  const description = {
    'app.kubernetes.io/name': 'redis',
    'app.kubernetes.io/instance': host,
    'app.kubernetes.io/component': 'store',
  };
  return { ...descriptiveLabels(store, description), ...redisSelector(host) };
}
