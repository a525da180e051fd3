/**
 * Nodes that cost less and are taken back at short notice, by what provides them.
 *
 * Sources of labels, taints and notices: docs/spot.md.
 */
export enum SpotNodes {
  /** Spot VMs of GKE, Standard and Autopilot. Pods have 15 seconds, whatever their grace period. */
  GKE = 'gke',
  /** Managed node groups of EKS with the capacity type `SPOT`. The notice is two minutes. */
  EKS = 'eks',
  /** Spot capacity by Karpenter on AWS, also in EKS Auto Mode. The notice is two minutes. */
  KARPENTER = 'karpenter',
  /** Spot node pools of AKS. The notice is 30 seconds. */
  AKS = 'aks',
}

/** What tells spot nodes from others. */
export interface SpotPlatform {
  /** The label of such a node. */
  readonly label: string;
  readonly value: string;
  /** Whether such a node may have a taint of the same key and value, with `NoSchedule`. */
  readonly tainted: boolean;
  /** How long a pod has to end before its node is gone, in seconds. */
  readonly notice: number;
}

/** Where pods of each kind of spot nodes go, and how long they have. */
export const SPOT_PLATFORMS: { readonly [nodes in SpotNodes]: SpotPlatform } = {
  [SpotNodes.GKE]: { label: 'cloud.google.com/gke-spot', value: 'true', tainted: true, notice: 15 },
  [SpotNodes.EKS]: { label: 'eks.amazonaws.com/capacityType', value: 'SPOT', tainted: false, notice: 120 },
  [SpotNodes.KARPENTER]: { label: 'karpenter.sh/capacity-type', value: 'spot', tainted: false, notice: 120 },
  [SpotNodes.AKS]: { label: 'kubernetes.azure.com/scalesetpriority', value: 'spot', tainted: true, notice: 30 },
};
