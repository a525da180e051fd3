import type { LogFields } from './log';

/** Both in one. What a handler tells under a name that the runtime uses is told under `fields`, so that nothing hides the item. */
export function joined(own: LogFields, theirs: LogFields): LogFields {
  const names = Object.keys(theirs);
  if (!names.some((name) => Object.hasOwn(own, name))) return { ...own, ...theirs };
  const pick = (wanted: (name: string) => boolean) =>
    Object.fromEntries(names.filter(wanted).map((name) => [name, theirs[name]]));
  return { ...own, ...pick((name) => !Object.hasOwn(own, name)), fields: pick((name) => Object.hasOwn(own, name)) };
}

/** The members of what a handler gave beside a text, each of which it may keep from being read. */
export function readFields(given: object | undefined): LogFields {
  if (given === undefined) return {};
  try {
    return { ...given };
  } catch {
    return Object.fromEntries(Object.keys(given).flatMap((name) => readField(given, name)));
  }
}

function readField(given: object, name: string): [string, unknown][] {
  try {
    return [[name, (given as Record<string, unknown>)[name]]];
  } catch {
    return [[name, '[cannot be read]']];
  }
}
