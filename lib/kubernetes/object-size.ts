/** What one object may take. `kubectl apply` keeps a copy of it in an annotation of at most 262,144 bytes. */
export const MAX_OBJECT_BYTES = 250_000;

/** Room for all of the object that is not its data: names, labels, the annotation's own escapes. */
export const ENVELOPE_BYTES = 4_000;
