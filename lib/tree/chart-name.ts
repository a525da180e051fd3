import { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';

/**
 * The name that the chart gives to an object.
 *
 * A chart may name by anything that an object has, so a real one asks for it, in the place of the one to come: cdk8s fixes
 * the name of an object before anything could be added to it.
 */
export function chartName(scope: Construct, id: string, kind: { apiVersion: string; kind: string }): string {
  const { name } = new ApiObject(scope, id, kind);
  scope.node.tryRemoveChild(id);
  return name;
}
