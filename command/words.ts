/** What placeholders stand for. */
export interface Filling {
  /** The payload as text. */
  readonly text: string;
  readonly id: number;
  readonly attempt: number;
}

const PLACEHOLDER = /\{(|id|attempt)\}/g;

/** Whether a word has a place for the payload. */
export function hasPlace(word: string): boolean {
  return word.includes('{}');
}

/** A word with what its placeholders stand for, each looked at once: what an item brings is none. */
export function fillWord(word: string, { text, id, attempt }: Filling): string {
  return word.replace(PLACEHOLDER, (_, name: string) => (name === '' ? text : String(name === 'id' ? id : attempt)));
}

/**
 * The words of a command for one item.
 *
 * @param appends whether the payload becomes the last word, where none has a place for it
 */
export function fillWords(words: readonly string[], filling: Filling, appends: boolean): string[] {
  const isPlaced = !appends || words.some(hasPlace);
  return (isPlaced ? words : [...words, '{}']).map((word) => fillWord(word, filling));
}
