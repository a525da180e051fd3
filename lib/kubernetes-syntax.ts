import type { Construct } from 'constructs';
import { InvalidPropError } from './invalid-prop';

const DNS_1123_LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const DNS_1035_LABEL = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
const DNS_1123_SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const QUALIFIED_NAME = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const LABEL_VALUE = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;
const ENV_NAME = /^[-._a-zA-Z][-._a-zA-Z0-9]*$/;
const IMAGE = /^[\x21-\x7e]+$/;

/** What is known of a name besides itself. */
export interface NameOptions {
  /** @default 63 */
  readonly maxLength?: number;
  /** Why no more than that. */
  readonly why?: string;
  /** How to give a name in place of this one, which was made from the path of the construct. */
  readonly fix?: string;
}

/**
 * The name of a Pod, Job or StatefulSet. Kubernetes takes dots too, but warns about them, because the name becomes a
 * host name.
 */
export function checkName(
  scope: Construct,
  prop: string,
  name: string,
  { maxLength = 63, why = '', fix }: NameOptions = {},
) {
  if (name.length <= maxLength && DNS_1123_LABEL.test(name)) return;
  const allowed = `at most ${maxLength} lower-case letters, digits and hyphens, with a letter or digit at both ends${why}`;
  throw invalidName(scope, prop, name, allowed, fix);
}

/** The name of a Service, which must start with a letter. */
export function checkServiceName(scope: Construct, prop: string, name: string, { fix }: NameOptions) {
  if (name.length <= 63 && DNS_1035_LABEL.test(name)) return;
  const allowed =
    'at most 63 lower-case letters, digits and hyphens, start with a letter and end with a letter or digit';
  throw invalidName(scope, prop, name, allowed, fix);
}

function invalidName(scope: Construct, prop: string, name: string, allowed: string, fix: string | undefined) {
  if (fix === undefined) return new InvalidPropError(scope, prop, name, `It must be ${allowed}.`);
  const made = `${prop}, made from the path of the construct,`;
  return new InvalidPropError(scope, made, name, `It must be ${allowed}. ${fix}`);
}

/** The name of an object that may hold dots: a PriorityClass, a StorageClass. */
export function checkDottedName(scope: Construct, prop: string, name: string | undefined) {
  if (name === undefined || (name.length <= 253 && DNS_1123_SUBDOMAIN.test(name))) return;
  throw new InvalidPropError(
    scope,
    prop,
    name,
    'It must be at most 253 lower-case letters, digits, hyphens and dots, with a letter or digit at both ends.',
  );
}

export function isHostName(text: string): boolean {
  return text.length <= 253 && DNS_1123_SUBDOMAIN.test(text.toLowerCase());
}

/** The key of a label, an annotation or a taint. */
export function checkKey(scope: Construct, prop: string, key: string) {
  const [name = '', prefix, more] = key.split('/').reverse();
  const prefixIsFine = prefix === undefined || (prefix.length <= 253 && DNS_1123_SUBDOMAIN.test(prefix));
  if (more === undefined && prefixIsFine && QUALIFIED_NAME.test(name)) return;
  throw new InvalidPropError(
    scope,
    prop,
    key,
    'It must be at most 63 letters, digits, and - _ . between them, with an optional DNS prefix: "example.com/team".',
  );
}

/** The value of a label or a taint. */
export function checkLabelValue(scope: Construct, prop: string, value: unknown) {
  if (typeof value === 'string' && LABEL_VALUE.test(value)) return;
  throw new InvalidPropError(
    scope,
    prop,
    value,
    'It must be a string of at most 63 letters, digits, and - _ . between them.',
  );
}

/** Labels of a pod, or a node selector. */
export function checkLabels(scope: Construct, prop: string, labels: { readonly [key: string]: string } | undefined) {
  for (const [key, value] of Object.entries(labels ?? {})) {
    checkKey(scope, `a key of ${prop}`, key);
    checkLabelValue(scope, `${prop}["${key}"]`, value);
  }
}

export function checkAnnotations(
  scope: Construct,
  prop: string,
  annotations: { readonly [key: string]: string } | undefined,
) {
  for (const [key, value] of Object.entries(annotations ?? {})) {
    checkKey(scope, `a key of ${prop}`, key.toLowerCase());
    if (typeof value === 'string') continue;
    throw new InvalidPropError(scope, `${prop}["${key}"]`, value, 'An annotation must be a string.');
  }
}

export function checkEnvironmentName(scope: Construct, prop: string, name: string) {
  if (ENV_NAME.test(name)) return;
  throw new InvalidPropError(
    scope,
    `a name in ${prop}`,
    name,
    'It must be letters, digits, and - _ . and must not start with a digit.',
  );
}

export function checkImage(scope: Construct, prop: string, image: string) {
  if (IMAGE.test(image)) return;
  throw new InvalidPropError(scope, prop, image, 'It must name a container image: "registry.example/job-wq-2:1".');
}

/** The name of a queue, which is a Redis key and half of all the others. */
export function checkQueueName(scope: Construct, name: unknown) {
  if (typeof name !== 'string' || name === '') {
    throw new InvalidPropError(scope, 'queueName', name, 'It must name the Redis list that holds the items: "job2".');
  }
  if (/[{}]/.test(name)) {
    throw new InvalidPropError(
      scope,
      'queueName',
      name,
      `Braces are not allowed: Redis Cluster reads them as a hash tag. Use ${JSON.stringify(name.replace(/[{}]/g, ''))}.`,
    );
  }
  if (/[\p{Control}\p{Surrogate}]/u.test(name) || Buffer.byteLength(name) > 512) {
    throw new InvalidPropError(
      scope,
      'queueName',
      name,
      'It must be at most 512 bytes of text without control characters: it appears in logs and on command lines.',
    );
  }
}
