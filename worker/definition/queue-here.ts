import { ENV } from '../contract';
import { ConfigurationError } from '../errors';

/** What an environment says of the name of the queue. */
export interface QueueNaming {
  /** Name of the list. */
  readonly queue?: string | undefined;
  /** Name that the code gives it, where that is another one. */
  readonly definedAs?: string | undefined;
}

/**
 * The queue that a definition stands for here: where each run has a queue of its own, that of this run.
 *
 * @param who what the message calls the program
 * @throws ConfigurationError it was written for another queue
 */
export function queueHere<Q extends { readonly name: string }>(
  who: 'worker' | 'filler',
  queue: Q,
  settings: QueueNaming,
): Q {
  const ofProcess = namingOf(process.env);
  const naming = ofProcess.queue ? ofProcess : settings;
  const named = naming.definedAs || naming.queue;
  if (named !== undefined && named !== queue.name) {
    const variable = naming.definedAs ? ENV.definedAs : ENV.queue;
    throw new ConfigurationError(
      `this ${who} was written for the queue ${queue.name}, the chart names ${named} (${variable}); use the same name in both`,
    );
  }
  return ofRun(queue, naming);
}

/** The same for a queue that may be another one than that of the process. */
export function queueOfRun<Q extends { readonly name: string }>(queue: Q): Q {
  const naming = namingOf(process.env);
  return naming.definedAs === queue.name ? ofRun(queue, naming) : queue;
}

function namingOf(env: NodeJS.ProcessEnv): QueueNaming {
  return { queue: env[ENV.queue], definedAs: env[ENV.definedAs] };
}

function ofRun<Q extends { readonly name: string }>(queue: Q, { queue: name, definedAs }: QueueNaming): Q {
  return definedAs && name ? { ...queue, name } : queue;
}
