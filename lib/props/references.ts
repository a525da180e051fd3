import type * as kplus from 'cdk8s-plus-27';
import { DOTTED_NAME } from '../kubernetes';
import { isAbsent, isRecord, type Kind, kind, list } from './kind';

// Objects of cdk8s-plus that are known by their name. Another copy of it may have made them.

const isSyntax = (given: unknown, test: (text: string) => boolean) => typeof given === 'string' && test(given);

/** A resource of cdk8s-plus, of which only the name is used. */
function resource<T>(type: string, example: string): Kind<T> {
  return kind((given) => isResource(given, type), `It must be a ${type}: ${example}.`);
}

function isResource(given: unknown, type: string): boolean {
  return isRecord(given) && isSyntax(given.name, DOTTED_NAME.test) && (given.kind === undefined || given.kind === type);
}

const secret = resource<kplus.ISecret>('Secret', 'kplus.Secret.fromSecretName(chart, "registry", "regcred")');

export const pullSecrets = list(
  secret,
  'an array of Secrets: [kplus.Secret.fromSecretName(chart, "registry", "regcred")]',
);

export const serviceAccount = resource<kplus.IServiceAccount>(
  'ServiceAccount',
  'kplus.ServiceAccount.fromServiceAccountName(chart, "account", "worker")',
);

/** A key of a Secret. What else is given may be the secret itself, so no message shows it. */
export const secretValue: Kind<kplus.SecretValue> = {
  read(given, at) {
    const allowed =
      "It must refer to a Secret: { secret: kplus.Secret.fromSecretName(scope, 'credentials', 'redis'), key: 'password' }.";
    if (typeof given === 'string') throw at.refusal('a literal', allowed);
    const isReference =
      isRecord(given) &&
      isResource(given.secret, 'Secret') &&
      isSyntax(given.key, (text) => /^[-._a-zA-Z0-9]{1,253}$/.test(text)) &&
      Object.keys(given).every((name) => name === 'secret' || name === 'key' || isAbsent(given[name]));
    if (!isReference) throw at.refusal('not a key of a Secret', allowed);
    return { secret: given.secret as kplus.ISecret, key: given.key as string };
  },
};
