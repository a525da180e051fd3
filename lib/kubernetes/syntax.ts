import { InvalidPropError, type Place } from '../invalid-prop';

const DNS_1123_LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const DNS_1035_LABEL = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
const DNS_1123_SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const QUALIFIED_NAME = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const LABEL_VALUE = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;
const ENV_NAME = /^[-._a-zA-Z][-._a-zA-Z0-9]*$/;
const IMAGE = /^[\x21-\x7e]+$/;

/** What a string must be, and how a message says so. */
export interface Syntax {
  readonly test: (text: string) => boolean;
  readonly allowed: string;
}

/**
 * The name of a Pod, Job or StatefulSet. Kubernetes takes dots too, but warns about them, because the name becomes a
 * host name.
 *
 * @param why why it may not be longer
 */
export function nameSyntax(maxLength = 63, why = ''): Syntax {
  return {
    test: (text) => text.length <= maxLength && DNS_1123_LABEL.test(text),
    allowed: `It must be at most ${maxLength} lower-case letters, digits and hyphens, with a letter or digit at both ends${why}.`,
  };
}

/** The name of a StatefulSet. */
export const STATEFUL_SET_NAME = nameSyntax(52, ', because its pods carry a hash of the revision behind it');

/** The name of a Service. */
export const SERVICE_NAME: Syntax = {
  test: (text) => text.length <= 63 && DNS_1035_LABEL.test(text),
  allowed:
    'It must be at most 63 lower-case letters, digits and hyphens, start with a letter and end with a letter or digit.',
};

/** The name of an object that may hold dots: a Secret, a PriorityClass, a StorageClass. */
export const DOTTED_NAME: Syntax = {
  test: (text) => text.length <= 253 && DNS_1123_SUBDOMAIN.test(text),
  allowed: 'It must be at most 253 lower-case letters, digits, hyphens and dots, with a letter or digit at both ends.',
};

/** The key of a label, an annotation or a taint. */
export const KEY: Syntax = {
  test: (text) => {
    const [name = '', prefix, more] = text.split('/').reverse();
    return more === undefined && (prefix === undefined || DOTTED_NAME.test(prefix)) && QUALIFIED_NAME.test(name);
  },
  allowed:
    'It must be at most 63 letters, digits, and - _ . between them, with an optional DNS prefix: "example.com/team".',
};

/** The value of a label or a taint. */
export const LABEL: Syntax = {
  test: (text) => LABEL_VALUE.test(text),
  allowed: 'It must be a string of at most 63 letters, digits, and - _ . between them.',
};

/** The name of an object that stands in a label. */
export const LABELLED_NAME: Syntax = {
  test: (text) => text.length <= 63 && DOTTED_NAME.test(text),
  allowed: 'It must be at most 63 lower-case letters, digits, hyphens and dots, with a letter or digit at both ends.',
};

/** The name of a variable. */
export const VARIABLE_NAME: Syntax = {
  test: (text) => ENV_NAME.test(text) && text !== '.' && !text.startsWith('..'),
  allowed: 'It must be letters, digits, and - _ . and must not start with a digit.',
};

/** The name of an image. */
export const IMAGE_NAME: Syntax = {
  test: (text) => IMAGE.test(text) && !text.includes('://'),
  allowed: 'It must name a container image, without a scheme: "registry.example/job-wq-2:1".',
};

/** With a dot at its end or without: with one, it is looked up as it is, whatever the search domains of a pod. */
export function isHostName(text: string): boolean {
  const name = text.replace(/\.$/, '');
  return name.length <= 253 && DNS_1123_SUBDOMAIN.test(name.toLowerCase());
}

/** A name that was not given but made from the path of the construct. */
export function checkMadeName(place: Place, prop: string, name: string, { test, allowed }: Syntax, fix: string) {
  if (test(name)) return;
  throw new InvalidPropError(place, `${prop}, made from the path of the construct,`, name, `${allowed} ${fix}`);
}
