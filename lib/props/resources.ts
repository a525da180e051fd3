import type { Size } from 'cdk8s';
import { type ContainerResources, type Cpu, inMebibytes, inMillis, sizeText } from '../kubernetes';
import type { Kind } from './kind';
import { cpu, size } from './kinds';
import { type Shape, shape } from './shape';

/** Request and limit of a resource. */
function requestAndLimit<T extends object>(
  of: string,
  is: Kind<T>,
  { amount, text, example }: { amount: (value: T) => number; text: (value: T) => string; example: string },
): Shape<{ readonly request?: T; readonly limit?: T }> {
  const like = `{ request: ${example}, limit: ${example} }`;
  const itself = `It is given by request and limit: ${like}.`;
  return shape<{ readonly request?: T; readonly limit?: T }>({
    of,
    like,
    props: { request: { is }, limit: { is } },
    foreign: { amount: itself, unit: itself, requests: itself, limits: itself },
    together({ request, limit }, at) {
      if (request === undefined || limit === undefined || amount(request) <= amount(limit)) return;
      throw at
        .prop('request')
        .refusal(text(request), `It must not exceed the limit, ${text(limit)}. Lower it, or raise the limit.`);
    },
  });
}

const sizes = (of: string) =>
  requestAndLimit<Size>(of, size(), { amount: inMebibytes, text: sizeText, example: 'Size.mebibytes(512)' });

const BY_RESOURCE =
  'Kubernetes groups by requests and limits, this prop by resource: ' +
  '{ cpu: { request: Cpu.millis(500) }, memory: { request: Size.mebibytes(256), limit: Size.mebibytes(512) } }.';

export const resources: Shape<ContainerResources> = shape<ContainerResources>({
  of: 'resources',
  like: '{ cpu: { request: Cpu.millis(500) }, memory: { limit: Size.mebibytes(512) } }',
  props: {
    cpu: {
      is: requestAndLimit<Cpu>('cpu', cpu, {
        amount: inMillis,
        text: ({ amount }) => amount,
        example: 'Cpu.millis(500)',
      }),
    },
    memory: { is: sizes('memory') },
    ephemeralStorage: { is: sizes('ephemeralStorage') },
  },
  foreign: { requests: BY_RESOURCE, limits: BY_RESOURCE },
});
