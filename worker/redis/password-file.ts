import { readFileSync } from 'node:fs';
import { ConfigurationError, textOf } from '../errors';

/** A password in a file, which may change while this process runs: rotated, or short-lived. */
export class PasswordFile {
  private known: string;

  /**
   * @param variable what names the file, for messages
   * @throws ConfigurationError the file cannot be read, or holds no password
   */
  constructor(
    private readonly file: string,
    private readonly variable: string,
  ) {
    this.known = readPassword(file, variable);
  }

  /** For the next connection: the file is read again. */
  get password(): string {
    try {
      this.known = readPassword(this.file, this.variable);
    } catch {
      // Whoever replaces it is not done yet.
    }
    return this.known;
  }
}

function readPassword(file: string, variable: string): string {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigurationError(
      `the file of the password ${JSON.stringify(file)} cannot be read: ${textOf(error)}; mount it, or leave ${variable} unset`,
    );
  }
  // Editors and `echo` end a file so; a password has none.
  const password = text.replace(/\r?\n$/, '');
  if (password === '') {
    throw new ConfigurationError(
      `the file of the password ${JSON.stringify(file)} is empty; it must hold the password and nothing else, or leave ${variable} unset`,
    );
  }
  return password;
}
