import { describeGiven } from './given';

/** What is wrong with a queue name, or nothing. */
export function queueNameProblem(name: unknown): string | undefined {
  if (typeof name !== 'string' || name === '') return `queue name ${describeGiven(name)}: ${GIVE_ONE}`;
  const refused = `queue name ${JSON.stringify(name)}:`;
  if (/[{}]/.test(name)) {
    return `${refused} braces are not allowed: Redis Cluster reads them as a hash tag; ${fixOf(name)}`;
  }
  return CONTROL.test(name) ? `${refused} control characters are not allowed; ${fixOf(name)}` : undefined;
}

const GIVE_ONE = 'give the name of the list in Redis, such as "job2"';

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const CONTROL = /[\u0000-\u001f\u007f]/;

/** What is left without the characters that are refused may be nothing, which is no name either. */
function fixOf(name: string): string {
  const left = [...name].filter((char) => !/[{}]/.test(char) && !CONTROL.test(char)).join('');
  return left === '' ? GIVE_ONE : `use ${JSON.stringify(left)}`;
}
