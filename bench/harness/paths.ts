import { createRequire } from 'node:module';
import { join } from 'node:path';

/** The repository; this file runs from build/bench/harness. */
export const ROOT = join(__dirname, '../../..');
/** The sources of the benchmarks, where the peers are installed. */
export const BENCH = join(ROOT, 'bench');
/** The benchmarks as they run. */
export const BUILT = join(ROOT, 'build/bench');

/** Loads a peer. They are installed in bench/ alone, so the compiler does not know them. */
export const requirePeer = createRequire(join(BENCH, 'package.json'));
