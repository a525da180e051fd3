import { describeGiven } from './given';

/** What is wrong with a queue name, or nothing. */
export function queueNameProblem(name: unknown): string | undefined {
  if (typeof name !== 'string' || name === '') {
    return `queue name ${describeGiven(name)}: give the name of the list in Redis, such as "job2"`;
  }
  if (/[{}]/.test(name)) {
    return `queue name ${JSON.stringify(name)}: braces are not allowed, they would move the list to another cluster slot than the queue's other keys; leave them out`;
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  if (/[\u0000-\u001f\u007f]/.test(name)) {
    return `queue name ${JSON.stringify(name)}: control characters are not allowed; leave them out`;
  }
  return undefined;
}
