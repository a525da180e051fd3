/**
 * What a scenario needs of a client beyond the promise itself: leases, attempts, retries, dead letters, results, follow-ups,
 * checkpoints, pace, SIGTERM, and an exit code that tells how it went. The words stand in the table of docs/clients.md.
 */
export const NEEDS = {
  values:
    'the handler is a function of JavaScript: it returns and throws any value, and is told at once what a call refuses',
  batch: 'a handler takes several items at once',
  finally: 'a finalizer runs once all items have ended',
  schema: 'a schema checks items',
  text: 'a payload that is no text is a dead letter before any handler sees it',
  'bytes added': 'a handler adds items that are no text',
  'given keys': 'the key of an item that is added is any text',
  backoff: 'the delay between attempts is set by the program',
  promptness:
    'the handler runs in the process of the client, so that what it does in the two seconds after SIGTERM aborted it arrives in time',
  'null results': 'where results are kept, one that is nothing is kept as null',
} as const;

/** One of them. */
export type Need = keyof typeof NEEDS;
