import type { WorkerEnd } from '../worker/attempt';
import { EXIT } from '../worker/contract';

/** How the agent ends, as takes are told. */
export interface End {
  /** 410: nothing will ever come; 503: this agent hands out nothing more. */
  readonly status: 410 | 503;
  readonly end: 'drained' | 'stopped' | 'cancelled' | 'failed';
  /** The exit code of the agent. */
  readonly code: number;
  readonly message: string;
}

/** It was asked to stop, and what is held may be settled. */
export const STOPPING: End = {
  status: 503,
  end: 'stopped',
  code: EXIT.terminated,
  message:
    'the agent was told to stop, and hands out nothing more: settle what you hold, and end. What is not settled in time goes back to the queue, uncharged',
};

/** What the end of the worker means to the program. */
export function endOf({ code, what, kind }: WorkerEnd): End {
  const message = `${what} (exit ${code}): end`;
  if (kind === 'drained' || kind === 'spare') return { status: 410, end: 'drained', code, message };
  if (kind === 'cancelled') return { status: 503, end: 'cancelled', code, message };
  const isStopped = code === EXIT.terminated || code === EXIT.interrupted;
  return { status: 503, end: isStopped ? 'stopped' : 'failed', code, message };
}
