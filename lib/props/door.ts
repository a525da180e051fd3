import { Chart } from 'cdk8s';
import type { Construct } from 'constructs';
import { InvalidPropError } from '../invalid-prop';
import { At, isAbsent, readAs } from './kind';
import type { Shape } from './shape';

/**
 * The props of a construct that is about to be made, read by their table: copied, complete and right, or refused. It
 * comes before anything is made, so a construct that is refused leaves no trace.
 *
 * @param call how the construct is made, in messages: 'RedisStore.pod'
 * @throws InvalidPropError
 */
export function readProps<P>(
  scope: Construct,
  id: string,
  shape: Shape<P>,
  given: unknown,
  call = `new ${shape.of}`,
): P {
  const example = `${call}(chart, "name", ${shape.like})`;
  const refuse = (prop: string, value: unknown, allowed: string) => {
    throw new InvalidPropError({ node: { path: call } }, prop, value, `${allowed}: ${example}.`);
  };
  if (!isConstruct(scope)) refuse('scope', scope, 'It must be a chart, or a construct in one');
  if (typeof id !== 'string' || id === '') refuse('id', id, 'It must name the construct in its chart');
  if (!isInChart(scope)) refuse('scope', scope, 'It is in no chart. Make one, new Chart(app, "jobs"), and give that');
  return readAs(shape, isAbsent(given) ? {} : given, placeOf(scope, id));
}

/** The place of a construct that is not made yet. */
export function placeOf(scope: Construct, id: string): At {
  return new At(scope, [scope.node.path, id].filter((part) => part !== '').join('/'), '');
}

/** A construct of any copy of constructs. */
function isConstruct(scope: Construct): boolean {
  return typeof scope?.node?.path === 'string' && Array.isArray(scope.node.scopes);
}

function isInChart(scope: Construct): boolean {
  return scope.node.scopes.some((parent) => Chart.isChart(parent));
}
