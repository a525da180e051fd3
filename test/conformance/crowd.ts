import type { Stage } from './scenario';

/** Notes how many handlers run at once. */
export function crowd(stage: Stage) {
  const running = new Set<number>();
  return {
    in: async ({ id }: { readonly id: number }, work: () => Promise<unknown>) => {
      running.add(id);
      stage.note(`${running.size} at once`);
      await work();
      running.delete(id);
    },
    crash: () => {
      running.clear();
      return stage.crash();
    },
  };
}
