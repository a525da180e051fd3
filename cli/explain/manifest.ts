import type { NamedContainer } from '../containers';

/** What is read of a Kubernetes object. Nothing here has to be there: the files may come from anywhere. */
export interface Manifest {
  readonly kind?: string;
  readonly metadata?: {
    readonly name?: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly data?: Readonly<Record<string, string>>;
  readonly items?: readonly Manifest[];
  readonly spec?: PodSpec & WorkloadSpec & CronJobSpec & ScalerSpec & ServiceSpec & NetworkPolicySpec;
}

export interface WorkloadSpec {
  readonly parallelism?: number;
  readonly replicas?: number;
  readonly completions?: number;
  readonly completionMode?: string;
  readonly backoffLimitPerIndex?: number;
  readonly successPolicy?: { readonly rules?: readonly SuccessRule[] };
  readonly backoffLimit?: number;
  readonly activeDeadlineSeconds?: number;
  readonly ttlSecondsAfterFinished?: number;
  readonly suspend?: boolean;
  readonly template?: { readonly metadata?: Manifest['metadata']; readonly spec?: PodSpec };
  readonly podFailurePolicy?: { readonly rules?: readonly FailureRule[] };
  readonly volumeClaimTemplates?: readonly {
    readonly metadata?: { readonly name?: string };
    readonly spec?: { readonly resources?: { readonly requests?: { readonly storage?: string } } };
  }[];
}

export interface CronJobSpec {
  readonly schedule?: string;
  readonly timeZone?: string;
  readonly concurrencyPolicy?: string;
  readonly startingDeadlineSeconds?: number;
  readonly successfulJobsHistoryLimit?: number;
  readonly failedJobsHistoryLimit?: number;
  readonly jobTemplate?: { readonly metadata?: Manifest['metadata']; readonly spec?: WorkloadSpec };
}

/** A ScaledObject of KEDA, or a HorizontalPodAutoscaler. */
export interface ScalerSpec {
  readonly scaleTargetRef?: { readonly kind?: string; readonly name?: string };
  readonly minReplicas?: number;
  readonly maxReplicas?: number;
  readonly minReplicaCount?: number;
  readonly maxReplicaCount?: number;
  readonly cooldownPeriod?: number;
  readonly triggers?: readonly { readonly type?: string; readonly metadata?: Readonly<Record<string, string>> }[];
  readonly metrics?: readonly {
    readonly type?: string;
    readonly resource?: { readonly name?: string };
    readonly external?: {
      readonly metric?: { readonly name?: string };
      readonly target?: { readonly averageValue?: string };
    };
  }[];
}

/** A rule by which a Job with indexes is Complete before all of them are. */
export interface SuccessRule {
  /** `0-3,7`. Left out, all. */
  readonly succeededIndexes?: string;
  /** How many of them. Left out, all. */
  readonly succeededCount?: number;
}

export interface FailureRule {
  readonly action?: string;
  readonly onExitCodes?: {
    readonly containerName?: string;
    readonly operator?: string;
    readonly values?: readonly number[];
  };
  readonly onPodConditions?: readonly { readonly type?: string }[];
}

export interface PodSpec {
  readonly containers?: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly volumes?: readonly Volume[];
  readonly restartPolicy?: string;
  readonly terminationGracePeriodSeconds?: number;
  readonly nodeSelector?: Readonly<Record<string, string>>;
  readonly affinity?: { readonly nodeAffinity?: NodeAffinity };
}

interface NodeAffinity {
  readonly requiredDuringSchedulingIgnoredDuringExecution?: {
    readonly nodeSelectorTerms?: readonly NodeSelectorTerm[];
  };
  readonly preferredDuringSchedulingIgnoredDuringExecution?: readonly { readonly preference?: NodeSelectorTerm }[];
}

export interface NodeSelectorTerm {
  readonly matchExpressions?: readonly {
    readonly key?: string;
    readonly operator?: string;
    readonly values?: readonly string[];
  }[];
}

export interface Container extends NamedContainer {
  readonly image?: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly volumeMounts?: readonly { readonly name?: string }[];
}

export interface Volume {
  readonly name?: string;
  readonly emptyDir?: object;
  readonly persistentVolumeClaim?: object;
  readonly hostPath?: object;
  readonly projected?: { readonly sources?: readonly { readonly configMap?: { readonly name?: string } }[] };
}

interface ServiceSpec {
  readonly selector?: Readonly<Record<string, string>>;
  readonly ports?: readonly { readonly port?: number }[];
}

interface NetworkPolicySpec {
  readonly podSelector?: {
    readonly matchLabels?: Readonly<Record<string, string>>;
    readonly matchExpressions?: readonly unknown[];
  };
  readonly policyTypes?: readonly string[];
  readonly ingress?: readonly { readonly from?: readonly unknown[] }[];
}
