import type { WorkerLog } from '../log';

/** What log lines of the finalizer begin with. */
export const FINALIZER_LABEL = 'finalizer';

/** The log of one attempt: its lines say what it is at. */
export function logOf(
  log: WorkerLog,
  {
    id,
    attempt,
    label = `${id}`,
  }: { readonly id: number; readonly attempt: number; readonly label?: string | undefined },
): WorkerLog {
  return log.with(label === FINALIZER_LABEL ? { finalizer: true, attempt } : { id, attempt }, label);
}
