import type { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import { descriptiveLabels, type Labels, STORE_LABEL } from '../kubernetes';
import { refuseOthersOfItsNames } from '../tree';

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

/** Labels server and Service as those of a store, of which patches reach the server first. Returns the labels. */
export function joinStore(store: Construct, server: ApiObject, service: ApiObject): Labels {
  const labels = redisLabels(store, service.name);
  for (const object of [server, service]) {
    for (const [key, value] of Object.entries(labels)) object.metadata.addLabel(key, value);
  }
  store.node.defaultChild = server;
  refuseOthersOfItsNames(store);
  return labels;
}
