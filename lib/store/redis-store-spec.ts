import type { ApiObject } from 'cdk8s';
import type { ISecret, Labels, SecretValue } from '../kubernetes';

/** What a store is to its clients, and the objects that make it. `RedisStore` says what each of them is. */
export interface RedisStoreSpec {
  readonly host: string;
  readonly port: number;
  readonly url: string;
  readonly image: string;
  readonly imagePullPolicy?: string;
  readonly imagePullSecrets?: ISecret[];
  readonly tls: boolean;
  readonly serviceLinks: boolean;
  readonly idsFromNamespace: boolean;
  readonly clientLabels: Labels;
  readonly podSelector: Labels;
  /** The ports that a policy opens to clients. */
  readonly policyPorts: readonly number[];
  readonly username?: SecretValue;
  readonly password?: SecretValue;
  readonly certificateAuthorities?: SecretValue;
  readonly imageHasAuthorities: boolean;
  readonly redisPod?: ApiObject;
  readonly statefulSet?: ApiObject;
  readonly service?: ApiObject;
  readonly networkPolicy?: ApiObject;
}
