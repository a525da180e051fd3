import { type Kind, kind } from '../props';

const PERCENT = /^(\d|[1-9]\d|100)%$/;

/** Pods by their number, or as a share of all: what Kubernetes calls IntOrString. */
// biome-ignore lint/suspicious/noExplicitAny: a number or a text
export const amount: Kind<any> = kind(
  (given) =>
    (Number.isInteger(given) && (given as number) >= 0 && (given as number) < 2 ** 31) ||
    (typeof given === 'string' && PERCENT.test(given)),
  (given) =>
    typeof given === 'string' && /^\d+$/.test(given)
      ? `It must be a number of pods, without quotes: ${Number(given)}.`
      : 'It must be a number of pods, 1, or a share of all, "25%".',
);
