/** Which objects are meant, by their labels: those that fit all of it. An empty one means every object. */
export interface LabelSelector {
  /**
   * Labels that they carry.
   *
   * @default - none
   * @example matchLabels: { app: 'thumbnails' }
   */
  readonly matchLabels?: { readonly [key: string]: string };
  /**
   * What else must hold of their labels.
   *
   * @default - nothing
   * @example matchExpressions: [{ key: 'team', operator: 'In', values: ['media', 'web'] }]
   */
  readonly matchExpressions?: LabelSelectorRequirement[];
}

/** What must hold of one label. */
export interface LabelSelectorRequirement {
  /**
   * Key of the label.
   *
   * @example key: 'team'
   */
  readonly key: string;
  /**
   * `In`, `NotIn`, `Exists` or `DoesNotExist`.
   *
   * @example operator: 'In'
   */
  readonly operator: string;
  /**
   * Values, for `In` and `NotIn`.
   *
   * @default - none
   * @example values: ['media', 'web']
   */
  readonly values?: string[];
}
