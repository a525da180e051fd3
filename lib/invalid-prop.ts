import type { Duration } from 'cdk8s';
import type { Construct } from 'constructs';

/** A prop that a construct refuses. The message says what was given, what is allowed and how to fix it. */
export class InvalidPropError extends Error {
  constructor(scope: Construct, prop: string, given: unknown, allowed: string) {
    super(`${scope.node.path}: ${prop} is ${shown(given)}. ${allowed}`);
    this.name = 'InvalidPropError';
  }
}

function shown(value: unknown): string {
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return text.length > 100 ? `${text.slice(0, 100)}… (${text.length} characters)` : text;
}

const MAX_INT32 = 2 ** 31 - 1;

/** A whole number in [min, max], or undefined. */
export function checkInteger(scope: Construct, prop: string, value: number | undefined, min: number, max = MAX_INT32) {
  if (value === undefined || (Number.isInteger(value) && value >= min && value <= max)) return;
  throw new InvalidPropError(scope, prop, value, `It must be a whole number from ${min} to ${max}.`);
}

/** Whole milliseconds of a duration in [min, max] seconds. */
export function milliseconds(
  scope: Construct,
  prop: string,
  value: Duration | undefined,
  min: number,
  max = MAX_INT32 / 1000,
): number | undefined {
  if (value === undefined) return undefined;
  const ms = value.toMilliseconds({ integral: false });
  if (Number.isInteger(ms) && ms >= min * 1000 && ms <= max * 1000) return ms;
  throw new InvalidPropError(
    scope,
    prop,
    `${ms} ms`,
    `It must be whole milliseconds from ${min} s to ${Math.floor(max)} s, for example Duration.seconds(${Math.max(min, 30)}).`,
  );
}

/** Whole seconds of a duration of at least `min` seconds. Kubernetes counts in seconds, which no timer of ours limits. */
export function seconds(scope: Construct, prop: string, value: Duration | undefined, min: number): number | undefined {
  if (value === undefined) return undefined;
  const ms = value.toMilliseconds({ integral: false });
  const whole = ms / 1000;
  if (Number.isInteger(whole) && whole >= min && whole <= MAX_INT32) return whole;
  throw new InvalidPropError(
    scope,
    prop,
    `${ms} ms`,
    `It must be whole seconds from ${min} s to ${MAX_INT32} s, for example Duration.seconds(${Math.max(min, 30)}).`,
  );
}
