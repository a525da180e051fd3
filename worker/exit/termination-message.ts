import { writeFileSync } from 'node:fs';
import { DEFAULTS } from '../contract';
import { cut } from '../errors';

/** Writes the termination message of the container, where there is such a file. */
export function writeTerminationMessage(file: string, message: string): void {
  try {
    // Kubernetes keeps 4,096 bytes.
    writeFileSync(file, cut(message, 4_096), { flag: 'r+' });
  } catch {
    try {
      if (file !== DEFAULTS.terminationLog) writeFileSync(file, message);
    } catch {
      // Outside of a container there is nothing to write to.
    }
  }
}
