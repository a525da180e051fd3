import { DOTTED_NAME, type Manifest, VARIABLE_NAME } from '../kubernetes';
import { type Kind, list } from './kind';
import { flag, string } from './kinds';
import { shape } from './shape';
import type { Piece } from './wire';

const LIKE = '{ secretRef: { name: "credentials" } }';

const EITHER = `It must be of a ConfigMap or of a Secret: ${LIKE}, or kplus.Env.fromSecret(secret).`;

const reference = (of: string, name: string) =>
  shape<Piece>({
    of,
    like: `{ name: "${name}" }`,
    props: {
      name: { is: string(DOTTED_NAME), required: `It must be an object's name: "${name}".` },
      optional: { is: flag },
    },
  });

const written = shape<Piece>({
  of: 'envFrom',
  like: LIKE,
  props: {
    configMapRef: { is: reference('configMapRef', 'settings') },
    secretRef: { is: reference('secretRef', 'credentials') },
    prefix: { is: string(VARIABLE_NAME) },
  },
  foreign: {
    configMap: 'It is `configMapRef`: { name: "settings" }.',
    secret: 'It is `secretRef`: { name: "credentials" }.',
    name: `It is under \`configMapRef\` or \`secretRef\`: ${LIKE}.`,
    configMapKeyRef: 'A single key is one of `env`: { A: { valueFrom: { configMapKeyRef: { name, key } } } }.',
    secretKeyRef: 'A single key is one of `env`: { A: { valueFrom: { secretKeyRef: { name, key } } } }.',
  },
  together(given, at) {
    if ((given.configMapRef === undefined) === (given.secretRef === undefined)) throw at.refusal(given, EITHER);
  },
});

/** All of a ConfigMap or a Secret, as Kubernetes writes it or as an EnvFrom of cdk8s-plus. */
const source: Kind<Manifest> = {
  read(given, at) {
    const { _toKube, kind, name } = (given ?? {}) as { readonly [of: string]: unknown };
    if (typeof _toKube === 'function') return written.read(_toKube.call(given), at);
    if (kind === 'ConfigMap' || kind === 'Secret') {
      const ref = kind === 'ConfigMap' ? 'configMapRef' : 'secretRef';
      throw at.refusal(
        given,
        `It must say what it is taken for: { ${ref}: { name: ${JSON.stringify(name)} } }, or kplus.Env.from${kind}(…).`,
      );
    }
    return written.read(given, at);
  },
};

/** ConfigMaps and Secrets whose keys are variables. */
export const envFrom: Kind<Manifest[]> = list(source, `an array of ConfigMaps and Secrets: [${LIKE}]`);
