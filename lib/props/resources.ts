import type { Size } from 'cdk8s';
import { type ContainerResources, type Cpu, inMebibytes, inMillis, sizeText } from '../kubernetes';
import { isRecord, type Kind, map } from './kind';
import { cpu, size, whole } from './kinds';
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

/** Request and limit of processors. */
export const cpuResources = requestAndLimit<Cpu>('cpu', cpu, {
  amount: inMillis,
  text: ({ amount }) => amount,
  example: 'Cpu.millis(500)',
});

/** Request and limit of memory, or of storage on the node. */
export const sizeResources = (of: string) =>
  requestAndLimit<Size>(of, size(), { amount: inMebibytes, text: sizeText, example: 'Size.mebibytes(512)' });

const EXTENDED_NAME =
  /^(?!(requests\.|kubernetes\.io\/|[^/]*\.kubernetes\.io\/))[a-z0-9]([-.a-z0-9]*[a-z0-9])?\/[A-Za-z0-9][-.\w]*$/;

const extended: Kind<{ [name: string]: number }> = map(
  whole(0),
  (name, at) => {
    if (EXTENDED_NAME.test(name)) return;
    throw at
      .as(`a name in ${at.name}`)
      .refusal(name, 'It must be the name of an extended resource, with the domain of its vendor: "nvidia.com/gpu".');
  },
  'an object of numbers by name: { "nvidia.com/gpu": 1 }',
);

const BY_RESOURCE =
  'Kubernetes groups by requests and limits, this prop by resource: ' +
  '{ cpu: { request: Cpu.millis(500) }, memory: { request: Size.mebibytes(256), limit: Size.mebibytes(512) }, ' +
  'extended: { "nvidia.com/gpu": 1 } }.';

const containerResources = shape<ContainerResources>({
  of: 'resources',
  like: '{ cpu: { request: Cpu.millis(500) }, memory: { limit: Size.mebibytes(512) } }',
  props: {
    cpu: { is: cpuResources },
    memory: { is: sizeResources('memory') },
    ephemeralStorage: { is: sizeResources('ephemeralStorage') },
    extended: { is: extended },
  },
  foreign: {
    requests: BY_RESOURCE,
    limits: BY_RESOURCE,
    'ephemeral-storage': 'It is `ephemeralStorage`: { limit: Size.gibibytes(1) }.',
    gpu: 'It is a resource of its vendor: extended: { "nvidia.com/gpu": 1 }.',
    claims: 'Claims of devices take a JSON patch.',
  },
});

/** Requests and limits of a container. */
export const resources: Shape<ContainerResources> = {
  ...containerResources,
  read(given, at) {
    const vendors = isRecord(given) ? Object.keys(given).find((name) => EXTENDED_NAME.test(name)) : undefined;
    if (vendors === undefined) return containerResources.read(given, at);
    throw at
      .under(vendors)
      .refusal((given as never)[vendors], `It must be under \`extended\`: { ${JSON.stringify(vendors)}: 1 }.`);
  },
};

/** The same of a container of this package, which has no use for devices. */
function withoutDevices(program: string): Shape<ContainerResources> {
  return {
    ...resources,
    read(given, at) {
      const read = resources.read(given, at);
      if (read.extended === undefined) return read;
      throw at
        .prop('extended')
        .refusal(
          read.extended,
          `It must be left out: ${program} has no use for devices. Give them to the worker, by \`resources\`.`,
        );
    },
  };
}

/** The same of a container that runs redis-cli. */
export const cliResources: Shape<ContainerResources> = withoutDevices('redis-cli');

/** The same of the work agent. */
export const agentResources: Shape<ContainerResources> = withoutDevices('the agent');
