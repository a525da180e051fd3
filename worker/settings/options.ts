import { ENV } from '../contract';
import { ConfigurationError } from '../errors';

/** The options that exist, by name; the type keeps the list complete. */
export type OptionNames<Options> = Readonly<Record<keyof Options, true>>;

/** What the chart sets and a worker reads from its environment: prop and variable. */
const OF_THE_CHART: Readonly<Record<string, readonly [prop: string, variable: string]>> = {
  concurrency: ['concurrency', ENV.concurrency],
  lease: ['lease', ENV.lease],
  maxAttempts: ['maxAttempts', ENV.maxAttempts],
  itemTimeout: ['itemTimeout', ENV.itemTimeout],
  rate: ['rate', ENV.rate],
  startTimeout: ['startTimeout', ENV.startTimeout],
  storeTimeout: ['storeTimeout', ENV.storeTimeout],
  settle: ['settle', ENV.settle],
  terminationGracePeriod: ['terminationGracePeriod', ENV.grace],
  tolerateDeadLetters: ['tolerateDeadLetters', ENV.tolerateDeadLetters],
  failFast: ['failFast', ENV.failFast],
  idleWorkers: ['idleWorkers', ENV.leaveFromIndex],
  batch: ['filler.batch', ENV.batch],
  queueName: ['queueName', ENV.queue],
  redis: ['redis', ENV.redisUrl],
  logFormat: ['logFormat', ENV.log],
};

/** The same by the names that other queues and other options of this package have for it. */
const ALSO_KNOWN_AS: Readonly<Record<string, string>> = {
  attempts: 'maxAttempts',
  batchId: 'batch',
  connection: 'redis',
  grace: 'terminationGracePeriod',
  gracePeriod: 'terminationGracePeriod',
  host: 'redis',
  leaseMs: 'lease',
  lockDuration: 'lease',
  limiter: 'rate',
  maxRetries: 'maxAttempts',
  password: 'redis',
  port: 'redis',
  rateLimit: 'rate',
  queue: 'queueName',
  redisUrl: 'redis',
  retries: 'maxAttempts',
  timeout: 'itemTimeout',
  url: 'redis',
  username: 'redis',
};

/**
 * Refuses options that do not exist, which would be ignored without a word.
 *
 * @param of what takes the options, for the message
 * @throws ConfigurationError names the option, what there is, and the prop and the variable that say the same
 */
export function checkOptions<Options extends object>(of: string, given: Options, names: OptionNames<Options>): void {
  const problem = optionsProblem(of, given, names);
  if (problem) throw new ConfigurationError(problem);
}

/** What is wrong with the names of options, in words. */
export function optionsProblem<Options extends object>(
  of: string,
  given: Options,
  names: OptionNames<Options>,
): string | undefined {
  const known = Object.keys(names);
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    const kind = Array.isArray(given) ? 'an array' : given == null ? String(given) : `a ${typeof given}`;
    return `${of} was given ${kind} as its options; they are an object with ${listed(known)}`;
  }
  const unknown = Object.keys(given).filter((name) => !known.includes(name));
  if (unknown.length === 0) return undefined;
  const hints = unknown.map((name) => hintOf(name, known));
  return `${of} has no option ${unknown.join(', ')}: ${hints.join('; ')}. Its options are ${listed(known)}`;
}

function hintOf(name: string, known: readonly string[]): string {
  const longer = known.find((each) => each.startsWith(name));
  if (longer) return `did you mean ${longer}?`;
  const prop = own(ALSO_KNOWN_AS, name) ?? name;
  const elsewhere = own(OF_THE_CHART, prop);
  if (elsewhere) return `${name} is set by the prop ${elsewhere[0]} of the chart, or by the variable ${elsewhere[1]}`;
  const meant = known.find((each) => isClose(each.toLowerCase(), name.toLowerCase()));
  return meant ? `did you mean ${meant}?` : `${name} is unknown`;
}

function own<Value>(table: Readonly<Record<string, Value>>, name: string): Value | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

/** Whether one is the other with at most two letters added, left out or mistaken. */
function isClose(one: string, other: string): boolean {
  let row = Array.from({ length: other.length + 1 }, (_, i) => i);
  for (let i = 1; i <= one.length; i++) {
    const next = [i];
    for (let j = 1; j <= other.length; j++) {
      const mistaken = (row[j - 1] as number) + (one[i - 1] === other[j - 1] ? 0 : 1);
      next.push(Math.min(mistaken, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return (row.at(-1) as number) <= 2;
}
