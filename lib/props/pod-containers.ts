import type { ContainerPort, PodContainer } from '../kubernetes';
import { envFrom } from './env-from';
import { ownEnvironment } from './environment';
import { lifecycle, livenessProbe, readinessProbe, startupProbe } from './handlers';
import { type At, type Kind, kind, list, refined } from './kind';
import { args, command, image, name, word } from './kinds';
import { resources } from './resources';
import { securityContext } from './security-context';
import { type Shape, shape } from './shape';
import { volumeMounts } from './volumes';
import { asWritten, portName, portNumber } from './wire';

export const imagePullPolicy: Kind<string> = word(
  ['Always', 'IfNotPresent', 'Never'],
  'It must be "Always", "IfNotPresent" or "Never".',
);

export const containerPort: Shape<ContainerPort> = shape<ContainerPort>({
  of: 'A port',
  like: '{ name: "metrics", containerPort: 9121 }',
  props: {
    containerPort: { is: portNumber, required: 'It must be the number of the port: 9121.' },
    name: { is: portName },
    protocol: { is: word(['TCP', 'UDP', 'SCTP'], 'It must be "TCP", "UDP" or "SCTP".') },
  },
  foreign: {
    number: 'It is `containerPort`.',
    port: 'It is `containerPort`.',
    hostPort: 'Pod Security "restricted" refuses ports of the node. Remove it.',
  },
});

const ports: Kind<ContainerPort[]> = refined(
  list(containerPort, 'an array of ports: [{ name: "metrics", containerPort: 9121 }]'),
  (given, at) => {
    given.forEach(({ name }, index) => {
      if (name === undefined || given.findIndex((other) => other.name === name) === index) return;
      throw at
        .element(index)
        .prop('name')
        .refusal(name, 'It must be unique in its container. Rename one of the ports.');
    });
  },
);

const workingDir: Kind<string> = kind(
  (given) => typeof given === 'string' && given.startsWith('/') && !given.includes('\0'),
  'It must be an absolute path: "/srv".',
);

/** Names that the containers of the construct have. */
const TAKEN = /^(worker|gate|fill|seal|turn|redis|after-\d+)$/;

const containerName: Kind<string> = refined(name, (given, at) => {
  if (TAKEN.test(given)) throw at.refusal(given, 'The construct uses it; use another name.');
});

/** What only a container that goes on running has. */
const OF_SIDECARS = ['lifecycle', 'startupProbe', 'readinessProbe', 'livenessProbe'] as const;

const RESTART =
  'Containers in `sidecars` go on running beside the program, those in `initContainers` end before it. Remove it.';

function podContainer(of: string, together?: (container: PodContainer, at: At) => void): Shape<PodContainer> {
  return asWritten(
    shape<PodContainer>({
      of,
      like: '{ name: "proxy", image: "registry.example/proxy:1" }',
      props: {
        name: { is: containerName, required: 'It must name the container: "proxy".' },
        image: { is: image, required: 'It must name a container image: "registry.example/proxy:1".' },
        imagePullPolicy: { is: imagePullPolicy },
        command: { is: command },
        args: { is: args },
        workingDir: { is: workingDir },
        env: { is: ownEnvironment },
        envFrom: { is: envFrom },
        resources: { is: resources },
        volumeMounts: { is: volumeMounts },
        ports: { is: ports },
        lifecycle: { is: lifecycle },
        startupProbe: { is: startupProbe },
        readinessProbe: { is: readinessProbe },
        livenessProbe: { is: livenessProbe },
        securityContext: { is: securityContext },
      },
      foreign: {
        restartPolicy: RESTART,
        cmd: 'It is `command`, a word each: ["node", "proxy.js"].',
        pullPolicy: 'It is `imagePullPolicy`: "Always".',
        probe:
          'It is `startupProbe`, `readinessProbe` or `livenessProbe`: { httpGet: { path: "/healthz", port: 8080 } }.',
        envVariables: 'Variables are `env`: { MODEL: "small" }.',
        port: 'It is `ports`: [{ containerPort: 9121 }].',
        portNumber: 'It is `ports`: [{ containerPort: 9121 }].',
        volumes: 'It is `volumeMounts`: [{ mountPath: "/models", volume }].',
        liveness: 'It is `livenessProbe`.',
        readiness: 'It is `readinessProbe`.',
        startup: 'It is `startupProbe`.',
      },
      ...(together && { together }),
    }),
  );
}

export const initContainer: Shape<PodContainer> = podContainer('An init container', (container, at) => {
  const given = OF_SIDECARS.find((prop) => container[prop] !== undefined);
  if (given === undefined) return;
  throw at
    .prop(given)
    .refusal(
      'given',
      'It must be left out: an init container ends, and Kubernetes takes it only of containers that go on running. Remove it, or move the container to `sidecars`.',
    );
});

export const sidecar: Shape<PodContainer> = podContainer('A sidecar');

/** Containers that prepare something before the program starts, in order. */
export const initContainers = list(
  initContainer,
  'an array of containers: [{ name: "model", image: "registry.example/fetch-model:1" }]',
);

/** Containers that run beside the program. */
export const sidecars = list(sidecar, 'an array of containers: [{ name: "proxy", image: "registry.example/proxy:1" }]');
