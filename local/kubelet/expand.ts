/**
 * A value in a container's `env` as a kubelet reads it: `$(NAME)` is a variable that stands before this one, or stays as it
 * is where there is none; `$$` is a dollar sign.
 */
export function expand(value: string, variables: Readonly<Record<string, string>> = {}): string {
  return value.replace(/\$\$|\$\(([^)]*)\)/g, (text, name) => (text === '$$' ? '$' : (variables[name] ?? text)));
}
