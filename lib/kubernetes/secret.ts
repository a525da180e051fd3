/** A Secret of the same namespace: one of any version of cdk8s-plus, or its name alone, `{ name: 'credentials' }`. */
export interface ISecret {
  /** Name of the Secret. */
  readonly name: string;
}

/** A key of a Secret. */
export interface SecretValue {
  /**
   * The Secret.
   *
   * @example secret: { name: 'credentials' }
   */
  readonly secret: ISecret;
  /**
   * The key in it.
   *
   * @example key: 'password'
   */
  readonly key: string;
}
