import { ENV } from '../contract';

/** What this worker is called in logs and in the status. */
export function workerName(env: Readonly<Record<string, string | undefined>>): string {
  return env[ENV.worker] || env.HOSTNAME || `pid ${process.pid}`;
}
