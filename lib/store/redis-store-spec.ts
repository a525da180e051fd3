import type { ApiObject, Size } from 'cdk8s';
import type { ISecret, Labels, NetworkPolicyEgressRule, SecretValue } from '../kubernetes';
import type { CertificateAuthorities, ClientCertificate } from './existing-redis-props';
import type { RedisAddress } from './redis-address';

/**
 * What its addresses are: that of a server; those of sentinels, which know the server that is the primary; or those of some
 * nodes of a Redis Cluster, each of which knows who has a queue.
 */
export type RedisTopology = 'single' | 'sentinel' | 'cluster';

/** What a store is to its clients, and the objects that make it. `RedisStore` says what each of them is. */
export interface RedisStoreSpec {
  readonly host: string;
  readonly port: number;
  readonly addresses: readonly RedisAddress[];
  readonly topology: RedisTopology;
  readonly url: string;
  /** The Secret that the host comes from; `host` and `url` then name the variable that has it. */
  readonly hostFrom?: SecretValue;
  readonly primaryName?: string;
  readonly database?: number | SecretValue;
  readonly image: string;
  readonly imagePullPolicy?: string;
  readonly imagePullSecrets?: ISecret[];
  readonly tls: boolean;
  readonly serviceLinks: boolean;
  readonly idsFromNamespace: boolean;
  readonly clientLabels: Labels;
  readonly podSelector: Labels;
  /** The ports that a policy opens to clients, of its servers. */
  readonly policyPorts: readonly number[];
  /** Where its servers are, if it was said. */
  readonly egressRules?: NetworkPolicyEgressRule[];
  readonly username?: string | SecretValue;
  readonly password?: SecretValue;
  readonly sentinelUsername?: string | SecretValue;
  readonly sentinelPassword?: SecretValue;
  readonly passwordAsFile?: boolean;
  readonly certificateAuthorities?: CertificateAuthorities;
  readonly clientCertificate?: ClientCertificate;
  readonly imageHasAuthorities: boolean;
  /** Of a made store. */
  readonly memory?: Size;
  readonly redisPod?: ApiObject;
  readonly statefulSet?: ApiObject;
  readonly service?: ApiObject;
  readonly networkPolicy?: ApiObject;
  readonly membersPolicy?: ApiObject;
  readonly podDisruptionBudget?: ApiObject;
  readonly metricsProgram?: ApiObject;
  readonly metricsPolicy?: ApiObject;
  readonly podMonitor?: ApiObject;
}
