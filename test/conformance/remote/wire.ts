/**
 * What the program of a client and the handler of a scenario, which runs in the test, tell each other on a Unix socket: JSON,
 * one line each.
 */

/** From the program. */
export type FromProgram = { readonly start: Start } | { readonly abort: Abort };

/** An item was handed out: its handler is to run. */
export interface Start {
  /** Names this call in all that follows. */
  readonly call: number;
  readonly id: number;
  readonly attempt: number;
  readonly postponed: number;
  readonly token: string;
  /** In base64. */
  readonly payload: string;
  /** What an earlier attempt left, if one did. */
  readonly resumed?: unknown;
}

/** The item is no longer to be worked on. */
export interface Abort {
  readonly call: number;
  /** The name of the error that a handler in TypeScript is aborted with. */
  readonly reason: string;
  readonly message?: string;
}

/** To the program. What it is told of one call, it does in that order; the last is `return` or `throw`. */
export type ToProgram = { readonly call: number } & (
  | (Note & { readonly strict: true })
  | End
  | { readonly do: 'crash' }
);

/** What a handler says of its item. `strict`: where the client refuses it, the attempt fails. */
export type Note =
  | { readonly do: 'checkpoint'; readonly value: unknown }
  | { readonly do: 'progress'; readonly fraction: number; readonly text?: string }
  /** Items in base64; a key for each of them, or none. */
  | {
      readonly do: 'add';
      readonly items: readonly string[];
      readonly keys?: readonly string[];
      readonly front?: boolean;
    }
  | { readonly do: 'log'; readonly level: 'debug' | 'info' | 'warn' | 'error'; readonly text: string }
  | { readonly do: 'slowDown'; readonly ms: number };

/** How a handler ends. The message of what it throws begins with the name of the error. */
export type End =
  | { readonly do: 'return'; readonly value?: unknown }
  | { readonly do: 'throw'; readonly kind: 'error' | 'unrecoverable'; readonly message: string }
  | { readonly do: 'throw'; readonly kind: 'later'; readonly message: string; readonly ms: number };
