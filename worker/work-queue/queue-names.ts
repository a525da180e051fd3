import type { Connection } from '../redis';
import { queueNameProblem } from '../settings';

/** Keys that one step of a scan looks at, and how long all of them may take, in ms. */
const STEP = 1_000;
const LIMIT = 1_000;

/**
 * Names of the queues in this database, sorted, those first that workers know: bare lists may be anybody's. A large
 * database is looked through for a second.
 *
 * @returns undefined where the user may not look
 */
export async function queueNames(connection: Connection): Promise<string[] | undefined> {
  const until = performance.now() + LIMIT;
  const scan = async (...filter: string[]): Promise<string[]> => {
    const found = new Set<string>();
    let cursor = '0';
    do {
      const answer = await connection.command('SCAN', cursor, ...filter, 'COUNT', STEP);
      const [next, keys] = answer as [string, string[]];
      for (const key of keys) found.add(key);
      cursor = next;
    } while (cursor !== '0' && performance.now() < until);
    return [...found].sort();
  };
  try {
    const known = (await scan('MATCH', '{*}:meta')).map((key) => key.slice(1, -'}:meta'.length));
    const lists = await scan('TYPE', 'list');
    return [...new Set([...known, ...lists])].filter((name) => queueNameProblem(name) === undefined);
  } catch {
    return undefined;
  }
}
