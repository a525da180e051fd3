/** A taint that pods tolerate. */
export interface Toleration {
  /**
   * Key of the taint.
   *
   * @default - every key
   * @example key: 'spot'
   */
  readonly key?: string;
  /**
   * `Equal` or `Exists`.
   *
   * @default 'Equal'
   * @example operator: 'Exists'
   */
  readonly operator?: string;
  /**
   * Value of the taint, for `Equal`.
   *
   * @default - none
   * @example value: 'true'
   */
  readonly value?: string;
  /**
   * `NoSchedule`, `PreferNoSchedule` or `NoExecute`.
   *
   * @default - every effect
   * @example effect: 'NoSchedule'
   */
  readonly effect?: string;
  /**
   * For how many seconds a running pod tolerates a `NoExecute` taint.
   *
   * @default - forever
   * @example tolerationSeconds: 300
   */
  readonly tolerationSeconds?: number;
}
