import { DOTTED_NAME, type IConfigMap, type ISecret, type IServiceAccount, type SecretValue } from '../kubernetes';
import { isAbsent, isRecord, type Kind, kind, list } from './kind';

// Objects that are known by their name, as any version of cdk8s-plus makes them, or `{ name }`.

const isSyntax = (given: unknown, test: (text: string) => boolean) => typeof given === 'string' && test(given);

/** A resource of which only the name is used. */
function resource<T>(type: string, example: string): Kind<T> {
  return kind((given) => isResource(given, type), `It must be a ${type}: ${example}.`);
}

function isResource(given: unknown, type: string): boolean {
  return isRecord(given) && isSyntax(given.name, DOTTED_NAME.test) && (given.kind === undefined || given.kind === type);
}

const secret = resource<ISecret>(
  'Secret',
  '{ name: "regcred" }, or kplus.Secret.fromSecretName(chart, "registry", "regcred")',
);

export const pullSecrets = list(
  secret,
  'an array of Secrets: [{ name: "regcred" }], or [kplus.Secret.fromSecretName(chart, "registry", "regcred")]',
);

export const serviceAccount = resource<IServiceAccount>(
  'ServiceAccount',
  '{ name: "worker" }, or kplus.ServiceAccount.fromServiceAccountName(chart, "account", "worker")',
);

const LIKE_SECRET = "{ secret: { name: 'credentials' }, key: 'password' }";

/** A key of a Secret. What else is given may be the secret itself, so no message shows it. */
export const secretValue: Kind<SecretValue> = {
  read(given, at) {
    const allowed = `It must refer to a Secret: ${LIKE_SECRET}, or a kplus.Secret in its place.`;
    if (typeof given === 'string') throw at.refusal('a literal', `${allowed} It is never in a manifest.`);
    if (!isKeyOf(given, 'secret')) throw at.refusal('not a key of a Secret', allowed);
    return { secret: given.secret as ISecret, key: given.key as string };
  },
};

/** A Secret with a certificate, by the names that Kubernetes and cert-manager give its keys. */
function certificateSecret(keys: string, like: string): Kind<{ readonly secret: ISecret }> {
  return {
    read(given, at) {
      const allowed = `It must refer to a Secret with ${keys}, as cert-manager makes it: { secret: { name: '${like}' } }, or a kplus.Secret in its place.`;
      const isSecret =
        isRecord(given) &&
        isResource(given.secret, 'Secret') &&
        Object.keys(given).every((name) => name === 'secret' || isAbsent(given[name]));
      // What else is given may be a key, so no message shows it.
      if (!isSecret) throw at.refusal('no Secret', allowed);
      return { secret: given.secret as ISecret };
    },
  };
}

export const serverCertificate = certificateSecret('tls.crt, tls.key and ca.crt', 'redis-tls');
export const clientCertificate = certificateSecret('tls.crt and tls.key', 'redis-client');

/** A value of its own, or a key of a Secret that holds one. */
export function orSecretValue<T>(literal: Kind<T>): Kind<T | SecretValue> {
  return {
    read(given, at) {
      if (!isRecord(given)) return literal.read(given, at);
      if (isKeyOf(given, 'secret')) return secretValue.read(given, at);
      throw at.refusal(
        'not a key of a Secret',
        `It must be the value itself, or refer to a Secret: ${LIKE_SECRET}, or a kplus.Secret in its place.`,
      );
    },
  };
}

/** A file in a Secret or in a ConfigMap. */
interface MountedKey {
  readonly secret?: ISecret;
  readonly configMap?: IConfigMap;
  readonly key: string;
}

/** A key of a Secret or of a ConfigMap, which is mounted as a file. */
export const mountedKey: Kind<MountedKey> = {
  read(given, at) {
    const allowed =
      "It must refer to a Secret or to a ConfigMap: { secret: { name: 'redis-ca' }, key: 'ca.crt' }, or " +
      "{ configMap: { name: 'company-ca' }, key: 'ca.crt' }, or those of kplus in their place.";
    if (typeof given === 'string') throw at.refusal('a literal', `${allowed} The file is mounted from there.`);
    if (isRecord(given) && !isAbsent(given.secret) && !isAbsent(given.configMap)) {
      throw at.refusal('both of a Secret and of a ConfigMap', 'The file is in one of them. Remove the other.');
    }
    if (isKeyOf(given, 'secret')) return { secret: given.secret as ISecret, key: given.key as string };
    if (isKeyOf(given, 'configMap')) return { configMap: given.configMap as IConfigMap, key: given.key as string };
    throw at.refusal('not a key of a Secret or of a ConfigMap', allowed);
  },
};

const KINDS = { secret: 'Secret', configMap: 'ConfigMap' } as const;

/** Whether it is a key of such an object, and nothing else. */
function isKeyOf(given: unknown, of: keyof typeof KINDS): given is Record<string, unknown> {
  return (
    isRecord(given) &&
    isResource(given[of], KINDS[of]) &&
    isSyntax(given.key, (text) => /^[-._a-zA-Z0-9]{1,253}$/.test(text)) &&
    Object.keys(given).every((name) => name === of || name === 'key' || isAbsent(given[name]))
  );
}
