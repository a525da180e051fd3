import { EXIT } from '../worker/contract';

/** How the command line ends. From 80 on, the codes are those of a worker. */
export const CLI_EXIT = {
  ok: 0,
  failed: 1,
  /** Options or arguments are wrong; nothing was done. */
  usage: 2,
  /** `status --exit-code`: the queue is not drained. */
  notDrained: 3,
  deadLetters: EXIT.deadLetters,
  refused: EXIT.configuration,
  storeUnreachable: EXIT.storeUnreachable,
} as const;
