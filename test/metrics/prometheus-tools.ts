import { spawnSync } from 'node:child_process';
import { onPath } from '../../local/redis/find-redis-server';

/** What checks metrics and rules; it comes with Prometheus. */
export const PROMTOOL = onPath('promtool');

/** For the name of a test that takes it. */
export const whyNoPromtool = PROMTOOL ? '' : ' (NOT RUN: there is no promtool)';

/** Everything that promtool finds wrong. */
export function promtool(args: readonly string[], input = ''): { readonly code: number | null; readonly said: string } {
  const { status, stdout, stderr } = spawnSync(PROMTOOL as string, args, { input, encoding: 'utf8' });
  return { code: status, said: `${stdout}${stderr}` };
}
