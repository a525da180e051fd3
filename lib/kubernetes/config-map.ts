/** A ConfigMap of the same namespace: one of any version of cdk8s-plus, or its name alone, `{ name: 'company-ca' }`. */
export interface IConfigMap {
  /** Name of the ConfigMap. */
  readonly name: string;
}
