import { type Size, SizeRoundingBehavior } from 'cdk8s';
import type * as kplus from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import { InvalidPropError } from './invalid-prop';

/**
 * A size as Kubernetes writes it. It answers 1024Mi with 1Gi, and `kubectl apply` would see a change there every time.
 */
export function memoryQuantity(size: Size): string {
  const mebibytes = size.toMebibytes({ rounding: SizeRoundingBehavior.FLOOR });
  return mebibytes > 0 && mebibytes % 1024 === 0 ? `${mebibytes / 1024}Gi` : `${mebibytes}Mi`;
}

/** A share of a processor as Kubernetes writes it: 2000m is 2. */
export function cpuQuantity(cpu: kplus.Cpu): string {
  return cpu.amount.replace(/^(\d+)000m$/, '$1');
}

/** A resource that is requested and limited. */
export interface ResourceKind<T> {
  /** As it was given. */
  readonly text: (given: T) => string;
  /** As Kubernetes writes it. */
  readonly quantity: (given: T) => string;
  /** How much that is, to compare it. */
  readonly amount: (given: T) => number;
  /** The least that there may be, and how to write it. */
  readonly least: { readonly amount: number; readonly text: string };
}

/** Memory or storage. Less than 1 MiB would be written as none. */
export const SIZE: ResourceKind<Size> = {
  text: (size) => size.asString(),
  quantity: memoryQuantity,
  amount: (size) => size.toMebibytes({ rounding: SizeRoundingBehavior.FLOOR }),
  least: { amount: 1, text: 'Size.mebibytes(1)' },
};

/** Shares of processors. */
export const CPU: ResourceKind<kplus.Cpu> = {
  text: ({ amount }) => amount,
  quantity: cpuQuantity,
  amount: ({ amount }) => (amount.endsWith('m') ? Number(amount.slice(0, -1)) : Number(amount) * 1000),
  least: { amount: 0, text: 'kplus.Cpu.millis(0)' },
};

/** Request and limit as Kubernetes writes them, where there are any. */
export function requestAndLimit<T>(
  scope: Construct,
  prop: string,
  { request, limit }: { readonly request?: T; readonly limit?: T },
  { text, quantity, amount, least }: ResourceKind<T>,
): { request?: string; limit?: string } {
  for (const [name, given] of Object.entries({ request, limit })) {
    if (given === undefined || amount(given) >= least.amount) continue;
    throw new InvalidPropError(scope, `${prop}.${name}`, text(given), `It must be at least ${least.text}.`);
  }
  if (request !== undefined && limit !== undefined && amount(request) > amount(limit)) {
    throw new InvalidPropError(
      scope,
      `${prop}.request`,
      text(request),
      `It must not exceed the limit, ${text(limit)}. Lower it, or raise the limit.`,
    );
  }
  return { request: request && quantity(request), limit: limit && quantity(limit) };
}
