/** A request that is refused: its status and what stands in the answer. Nothing has changed by it. */
export class RequestError extends Error {
  override readonly name = 'RequestError';

  constructor(
    readonly status: number,
    /** What was given, what is allowed, how to fix it. */
    message: string,
    /** What the answer holds beside the message. */
    readonly fields: Readonly<Record<string, unknown>> = {},
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }
}

/** The client is gone before it has sent all of its request: there is nobody to answer. */
export class ClientGoneError extends Error {
  override readonly name = 'ClientGoneError';
}
