/** A service account of the same namespace: one of any version of cdk8s-plus, or its name alone, `{ name: 'worker' }`. */
export interface IServiceAccount {
  /** Name of the service account. */
  readonly name: string;
}
