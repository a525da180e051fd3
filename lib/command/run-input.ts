/** How a command gets its item. */
export enum RunInput {
  /** In place of each `{}` in its words, or as one more word where none holds that. */
  ARGUMENT = 'argument',
  /** On its standard input, byte for byte; `{}` in its words stands for it as well. */
  STDIN = 'stdin',
}
