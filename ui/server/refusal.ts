/** Why a request is not answered: what was given, what is allowed, how to fix it. */
export class Refusal extends Error {
  constructor(
    /** Of HTTP. */
    readonly status: number,
    message: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }
}
