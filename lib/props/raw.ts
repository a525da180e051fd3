import { type Manifest, memoryQuantity } from '../kubernetes';
import { type At, isAbsent, isRecord, type Kind, property, readAs } from './kind';

/**
 * A part of a manifest, given as Kubernetes has it or as any version of cdk8s-plus makes it. The value holds only what
 * YAML can, with its fields in the order of the alphabet, so that the same object gives the same text.
 *
 * @param like what it must be: 'a volume: { name: "cache", emptyDir: {} }'
 */
export function raw(like: string): Kind<Manifest> {
  return {
    read(given, at) {
      if (!isRecord(given) || !isLiteral(given)) throw at.refusal(given, `It must be ${like}.`);
      return fields(given, at);
    },
  };
}

function fields(given: object, at: At): Manifest {
  const read = Object.keys(given)
    .sort()
    .map((name) => [name, wire(property(given, name, at.prop(name)), at.prop(name))] as const);
  return Object.fromEntries(read.filter(([, value]) => value !== undefined));
}

function wire(given: unknown, at: At): unknown {
  return isAbsent(given) ? undefined : readAs(value, given, at);
}

const value: Kind<unknown> = {
  read(given, at) {
    if (typeof given === 'string' || typeof given === 'boolean' || Number.isFinite(given)) return given;
    if (Array.isArray(given)) return Array.from(given, (each, index) => wire(each, at.element(index)));
    if (isRecord(given) && isLiteral(given)) return fields(given, at);
    const made = given as { toISOString?(): string; toMebibytes?: unknown; value?: unknown };
    if (typeof made?.toISOString === 'function') return made.toISOString();
    if (typeof made?.toMebibytes === 'function') return memoryQuantity(made as never);
    // A Quantity or an IntOrString of cdk8s-plus.
    if (isRecord(given) && (typeof made.value === 'string' || typeof made.value === 'number')) return made.value;
    throw at.refusal(
      given,
      'It must be what a manifest holds there: plain text, numbers, true or false, arrays and object literals.',
    );
  },
};

function isLiteral(given: object): boolean {
  const prototype = Object.getPrototypeOf(given);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
