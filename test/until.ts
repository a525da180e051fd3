/** What does not come within this time never will, in ms; far more than any needs, also on a machine with much to do. */
const PATIENCE = 240_000;

/**
 * Asks again and again, until the answer is right.
 *
 * @param what stands in the error, with the last answer, when it never comes
 * @param isRight @default - it is true, or stands for it
 */
export async function until<T>(
  what: string,
  ask: () => T | Promise<T>,
  isRight: (answer: T) => boolean = Boolean,
): Promise<T> {
  for (const since = performance.now(); ; ) {
    const answer = await ask();
    if (isRight(answer)) return answer;
    if (performance.now() - since > PATIENCE)
      throw new Error(`not within ${PATIENCE / 1_000} s: ${what}; last: ${JSON.stringify(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
