import { DOTTED_NAME, type ISecret, type IServiceAccount, type SecretValue } from '../kubernetes';
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

/** A key of a Secret. What else is given may be the secret itself, so no message shows it. */
export const secretValue: Kind<SecretValue> = {
  read(given, at) {
    const allowed =
      "It must refer to a Secret: { secret: { name: 'credentials' }, key: 'password' }, or a kplus.Secret in its place.";
    if (typeof given === 'string') throw at.refusal('a literal', allowed);
    const isReference =
      isRecord(given) &&
      isResource(given.secret, 'Secret') &&
      isSyntax(given.key, (text) => /^[-._a-zA-Z0-9]{1,253}$/.test(text)) &&
      Object.keys(given).every((name) => name === 'secret' || name === 'key' || isAbsent(given[name]));
    if (!isReference) throw at.refusal('not a key of a Secret', allowed);
    return { secret: given.secret as ISecret, key: given.key as string };
  },
};
