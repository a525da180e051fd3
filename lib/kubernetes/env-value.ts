import type { Manifest } from './manifest';

/** The value of a variable: an EnvValue of any version of cdk8s-plus, or what Kubernetes has for it. */
export interface EnvValue {
  /**
   * The text itself.
   *
   * @default - what `valueFrom` refers to; the variable is empty without either
   * @example value: 'thumbnails'
   */
  readonly value?: unknown;
  /**
   * Where the text is: `secretKeyRef`, `configMapKeyRef`, `fieldRef` or `resourceFieldRef`.
   *
   * @default - none
   * @example valueFrom: { secretKeyRef: { name: 'credentials', key: 'token' } }
   */
  readonly valueFrom?: unknown;
}

/** A variable that is this text. */
export function literal(name: string, text: string): Manifest {
  return { name, value: literalText(text) };
}

/**
 * This text in a variable, or as a word of a command: a kubelet expands `$(NAME)` there, and makes one dollar sign of two.
 */
export function literalText(text: string): string {
  return text.replaceAll('$', '$$$$');
}
