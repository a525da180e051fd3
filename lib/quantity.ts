import { type Size, SizeRoundingBehavior } from 'cdk8s';
import type * as kplus from 'cdk8s-plus-27';

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
