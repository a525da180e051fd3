import { type At, kind, list } from './kind';
import { command, host, whole, word } from './kinds';
import type { Shape } from './shape';
import { type Piece, piece, port, portNumber, text } from './wire';

// What a kubelet does to a container: probes it, and calls it when it starts and before it ends.

const COMMAND = 'It must be the program to run, a word each: ["cat", "/tmp/ready"].';
const PORT = 'It must be the port to ask: 8080.';

const HEADER = 'It must name the header, in letters, digits and hyphens: "Accept".';

const header = piece({
  of: 'A header',
  like: '{ name: "Accept", value: "text/plain" }',
  props: {
    name: {
      is: kind((given) => typeof given === 'string' && /^[-A-Za-z0-9]+$/.test(given), HEADER),
      required: HEADER,
    },
    value: { is: text, required: 'It must be the value of the header: "text/plain".' },
  },
});

const ACTIONS = {
  exec: {
    is: piece({
      of: 'exec',
      like: '{ command: ["cat", "/tmp/ready"] }',
      props: { command: { is: command, required: COMMAND } },
    }),
  },
  httpGet: {
    is: piece({
      of: 'httpGet',
      like: '{ path: "/healthz", port: 8080 }',
      props: {
        path: { is: text },
        port: { is: port, required: PORT },
        host: { is: host },
        scheme: { is: word(['HTTP', 'HTTPS'], 'It must be "HTTP" or "HTTPS".') },
        httpHeaders: { is: list(header, 'an array of headers: [{ name: "Accept", value: "text/plain" }]') },
      },
    }),
  },
  tcpSocket: {
    is: piece({
      of: 'tcpSocket',
      like: '{ port: 5432 }',
      props: { port: { is: port, required: PORT }, host: { is: host } },
    }),
  },
};

const GRPC = {
  is: piece({
    of: 'grpc',
    like: '{ port: 9000 }',
    props: { port: { is: portNumber, required: PORT }, service: { is: text } },
  }),
};

const SLEEP = {
  is: piece({
    of: 'sleep',
    like: '{ seconds: 5 }',
    props: { seconds: { is: whole(0), required: 'It must be the number of seconds: 5.' } },
  }),
};

const handler = piece({
  of: 'A handler',
  like: '{ exec: { command: ["/bin/drain"] } }',
  props: { ...ACTIONS, sleep: SLEEP },
  foreign: { command: 'It is under `exec`: { exec: { command: ["/bin/drain"] } }.' },
  together: (given, at) => oneOf([...Object.keys(ACTIONS), 'sleep'], given, at),
});

/** What is called when a container has started, and before it ends. */
export const lifecycle: Shape<Piece> = piece({
  of: 'lifecycle',
  like: '{ preStop: { exec: { command: ["/bin/drain"] } } }',
  props: { postStart: { is: handler }, preStop: { is: handler } },
});

const HTTP_GET = 'It is `httpGet`: { httpGet: { path: "/healthz", port: 8080 } }.';
const IN_SECONDS = 'Kubernetes says in the name what it counts: ';

const PROBE_FOREIGN = {
  path: HTTP_GET,
  port: HTTP_GET,
  http: HTTP_GET,
  tcp: 'It is `tcpSocket`: { port: 5432 }.',
  command: 'It is under `exec`: { exec: { command: ["cat", "/tmp/ready"] } }.',
  initialDelay: `${IN_SECONDS}initialDelaySeconds: 5.`,
  period: `${IN_SECONDS}periodSeconds: 10.`,
  interval: `${IN_SECONDS}periodSeconds: 10.`,
  timeout: `${IN_SECONDS}timeoutSeconds: 1.`,
};

const PROBED = [...Object.keys(ACTIONS), 'grpc'];

/** How a kubelet finds out whether a container has started, is ready, or is alive. */
function probe(of: 'startup' | 'readiness' | 'liveness'): Shape<Piece> {
  const isReadiness = of === 'readiness';
  return piece({
    of: `A ${of} probe`,
    like: '{ httpGet: { path: "/healthz", port: 8080 } }',
    props: {
      ...ACTIONS,
      grpc: GRPC,
      initialDelaySeconds: { is: whole(0) },
      timeoutSeconds: { is: whole(1) },
      periodSeconds: { is: whole(1) },
      failureThreshold: { is: whole(1) },
      // Kubernetes refuses others.
      successThreshold: { is: isReadiness ? whole(1) : whole(1, 1) },
      ...(!isReadiness && { terminationGracePeriodSeconds: { is: whole(1) } }),
    },
    foreign: PROBE_FOREIGN,
    together: (given, at) => oneOf(PROBED, given, at),
  });
}

export const startupProbe = probe('startup');
export const readinessProbe = probe('readiness');
export const livenessProbe = probe('liveness');

function oneOf(actions: readonly string[], given: Piece, at: At) {
  if (actions.filter((action) => given[action] !== undefined).length === 1) return;
  throw at.refusal(given, `It must have one of ${actions.join(', ')}: { exec: { command: ["cat", "/tmp/ready"] } }.`);
}
