type NoJson = bigint | symbol | ((...args: never[]) => unknown);

/**
 * What JSON keeps of a value, and so what a result is when it is read again: a `Date` is a string by then, what a `toJSON`
 * returns stands for its object, functions are gone, and nothing at all is `null`.
 */
export type AsJson<Value> = unknown extends Value
  ? unknown
  : Value extends string | number | boolean | null
    ? Value
    : // biome-ignore lint/suspicious/noConfusingVoidType: handlers that return nothing are typed so
      Value extends undefined | void
      ? null
      : Value extends NoJson
        ? never
        : Value extends { toJSON(...args: never[]): infer Json }
          ? AsJson<Json>
          : Value extends readonly unknown[]
            ? { [Index in keyof Value]: AsJson<Value[Index]> }
            : {
                [Key in keyof Value as Key extends symbol ? never : Value[Key] extends NoJson ? never : Key]:
                  | AsJson<Exclude<Value[Key], undefined>>
                  | Extract<Value[Key], undefined>;
              };

/**
 * What a handler leaves as a result, as `WorkQueue.results` reads it. Of one that takes several items at once, it is
 * `ResultOf<typeof handler>[number]`.
 *
 * @example
 * for await (const { item, result } of queue.results<ResultOf<typeof handler>>()) console.log(item.url, result.bytes);
 */
export type ResultOf<Of extends (...args: never[]) => unknown> = AsJson<Awaited<ReturnType<Of>>>;
