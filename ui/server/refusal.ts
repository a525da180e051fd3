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

/** What to answer where something went wrong. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  const { name, message } = Object(error) as Partial<Error>;
  const text = sentence(message || String(error));
  if (name === 'StoreUnreachableError' || name === 'ConfigurationError') return new Refusal(503, text);
  if (name === 'FillRefusedError') return new Refusal(409, text);
  return new Refusal(500, text);
}

/** The text of an error, which as a line of a log has no full stop. */
function sentence(text: string): string {
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}
