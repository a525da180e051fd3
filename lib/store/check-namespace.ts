import { Chart } from 'cdk8s';
import type { IConstruct } from 'constructs';
import type { At } from '../props';
import type { RedisStoreSpec } from './redis-store-spec';

/**
 * Refuses a store that pods of another construct cannot reach.
 *
 * @param client whose pods they are, with the namespace that it has or its chart
 */
export function checkNamespace(
  redis: IConstruct & Pick<RedisStoreSpec, 'service'>,
  at: At,
  client: { readonly construct: IConstruct; readonly called: string; readonly namespace?: string } = {
    construct: at.scope,
    called: 'This Job',
  },
) {
  if (!redis.service) return;
  if (redis.node.root !== client.construct.node.root) {
    throw at.refusal(redis, 'It is made in another App than this chart. Make it in a chart of this App.');
  }
  const here = client.namespace ?? Chart.of(client.construct).namespace;
  const there = Chart.of(redis).namespace;
  if (here === there) return;
  throw at.refusal(
    `a store in the namespace ${there ?? '(of kubectl)'}`,
    `${client.called} is in ${here ?? '(that of kubectl)'}, and a store that is made serves only its own namespace. ` +
      'Use one namespace, or RedisStore.external with the full name of its Service.',
  );
}
