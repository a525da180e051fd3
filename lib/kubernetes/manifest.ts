/** A part of a manifest, written as it goes over the wire. */
export interface Manifest {
  readonly [field: string]: unknown;
}
