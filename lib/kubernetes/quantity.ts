import { type Duration, type Size, SizeRoundingBehavior } from 'cdk8s';
import type { Cpu } from './container-resources';

/** A duration in milliseconds, which need not be whole. */
export function inMilliseconds(duration: Duration): number {
  // Adding 0 makes 0 of -0, which YAML would write otherwise.
  return duration.toMilliseconds({ integral: false }) + 0;
}

/** A duration in seconds, which need not be whole. */
export function inSeconds(duration: Duration): number {
  return inMilliseconds(duration) / 1000;
}

/** A size in whole mebibytes. */
export function inMebibytes(size: Size): number {
  return Math.floor(size.toMebibytes({ rounding: SizeRoundingBehavior.FLOOR }));
}

/**
 * A size as Kubernetes writes it. It answers 1024Mi with 1Gi, and `kubectl apply` would see a change there every time.
 */
export function memoryQuantity(size: Size): string {
  const mebibytes = inMebibytes(size);
  return mebibytes > 0 && mebibytes % 1024 === 0 ? `${mebibytes / 1024}Gi` : `${mebibytes}Mi`;
}

/** A share of a processor as Kubernetes writes it: 2000m is 2. */
export function cpuQuantity(cpu: Cpu): string {
  return cpu.amount.replace(/^(\d+)000m$/, '$1');
}

/** How much of a processor that is, in thousandths. */
export function inMillis({ amount }: Cpu): number {
  if (!/^-?\d+(\.\d+)?m?$/.test(amount)) return Number.NaN;
  // Rounded, because 1.001 * 1000 is no whole number.
  return amount.endsWith('m') ? Number(amount.slice(0, -1)) : Number((Number(amount) * 1000).toFixed(6));
}

/** How a message writes a size. */
export function sizeText(size: Size): string {
  return typeof size.asString === 'function' ? size.asString() : `${inMebibytes(size)}Mi`;
}
