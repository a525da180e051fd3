/** A number and what it counts: `1 item`, `2 items`. */
export function counted(value: number, noun: string, written: (value: number) => string = String): string {
  return `${written(value)} ${value === 1 ? noun : `${noun}s`}`;
}
