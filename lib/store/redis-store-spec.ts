import type { ApiObject } from 'cdk8s';
import type * as kplus from 'cdk8s-plus-27';
import type { Labels } from '../kubernetes';

/** What a store is to its clients, and the objects that make it. `RedisStore` says what each of them is. */
export interface RedisStoreSpec {
  readonly host: string;
  readonly port: number;
  readonly url: string;
  readonly image: string;
  readonly imagePullSecrets?: kplus.ISecret[];
  readonly tls: boolean;
  readonly serviceLinks: boolean;
  readonly clientLabels: Labels;
  readonly username?: kplus.SecretValue;
  readonly password?: kplus.SecretValue;
  readonly certificateAuthorities?: kplus.SecretValue;
  readonly imageHasAuthorities: boolean;
  readonly redisPod?: ApiObject;
  readonly statefulSet?: ApiObject;
  readonly service?: ApiObject;
  readonly networkPolicy?: ApiObject;
}
