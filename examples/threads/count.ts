/** Counts the primes of a range. It runs in a thread of the pool, and never yields. */
export default function countPrimes({ from, to }: { from: number; to: number }): number {
  let count = 0;
  for (let n = from; n < to; n++) if (isPrime(n)) count++;
  return count;
}

function isPrime(n: number): boolean {
  for (let divisor = 2; divisor * divisor <= n; divisor++) if (n % divisor === 0) return false;
  return true;
}
