/** An item that has a text `traceparent` is its own headers. */
export function carrierIn(item: unknown): object | undefined {
  const { traceparent } = (item ?? {}) as { readonly traceparent?: unknown };
  return typeof traceparent === 'string' ? (item as object) : undefined;
}
