import { SPOT_PLATFORMS, SpotNodes } from '../../lib/kubernetes/spot-nodes';
import type { NodeSelectorTerm, PodSpec } from './manifest';

/** Spot nodes that a pod asks for. */
export interface SpotChoice {
  /** The label by which it does. */
  readonly label: string;
  /** How long the pod has to end before such a node is gone, in seconds. */
  readonly notice: number;
}

const { notice } = SPOT_PLATFORMS[SpotNodes.GKE];

/** All labels of spot nodes, those with the shortest notice first. */
const LABELS = [
  ...Object.values(SPOT_PLATFORMS),
  { label: 'cloud.google.com/gke-provisioning', value: 'spot', notice },
  { label: 'cloud.google.com/gke-preemptible', value: 'true', notice },
].sort((a, b) => a.notice - b.notice);

/** The spot nodes that a pod may run on by its own choice: by its node selector, or by its node affinity. */
export function spotChoice({ nodeSelector = {}, affinity }: PodSpec): SpotChoice | undefined {
  const { requiredDuringSchedulingIgnoredDuringExecution: required, preferredDuringSchedulingIgnoredDuringExecution } =
    affinity?.nodeAffinity ?? {};
  const preferred = preferredDuringSchedulingIgnoredDuringExecution?.map(({ preference }) => preference ?? {});
  const terms = [...(required?.nodeSelectorTerms ?? []), ...(preferred ?? [])];
  return LABELS.find(({ label, value }) => nodeSelector[label] === value || terms.some(takes(label, value)));
}

/** What every node has, whoever provides it. */
const OF_ALL_NODES = /^kubernetes\.io\/(arch|os)$/;

/** Whether a pod asks for nodes by anything that may tell spot nodes from others. */
export function choosesNodes({ nodeSelector = {}, affinity }: PodSpec): boolean {
  return affinity?.nodeAffinity !== undefined || Object.keys(nodeSelector).some((label) => !OF_ALL_NODES.test(label));
}

function takes(label: string, value: string) {
  return ({ matchExpressions = [] }: NodeSelectorTerm): boolean =>
    matchExpressions.some(
      ({ key, operator, values = [] }) =>
        key === label && (operator === 'Exists' || (operator === 'In' && values.includes(value))),
    );
}
