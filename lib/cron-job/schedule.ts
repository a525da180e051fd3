const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const LONGEST_MONTHS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

interface Field {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly words?: readonly string[];
}

const FIELDS: readonly Field[] = [
  { name: 'minute', min: 0, max: 59 },
  { name: 'hour', min: 0, max: 23 },
  { name: 'day of the month', min: 1, max: 31 },
  { name: 'month', min: 1, max: 12, words: MONTHS },
  { name: 'day of the week', min: 0, max: 6, words: WEEKDAYS },
];

const MACROS = ['@yearly', '@annually', '@monthly', '@weekly', '@daily', '@midnight', '@hourly'];
const EVERY = /^@every (?:\d+(?:\.\d+)?(?:h|m|s|ms|us|µs|ns))+$/;

const ALLOWED =
  'It must be five fields, minute, hour, day of the month, month and day of the week: "0 2 * * *" is every night at two.';

/** What is wrong with a schedule, as Kubernetes reads it, and how to mend it; nothing where it is one. */
export function scheduleProblem(given: unknown): string | undefined {
  if (typeof given !== 'string') return ALLOWED;
  if (/^(CRON_)?TZ=/.test(given)) return 'The time zone is a prop of its own: timeZone: "Europe/Berlin".';
  const text = given.trim();
  if (text.startsWith('@')) {
    if (MACROS.includes(text) || (EVERY.test(text) && /[1-9]/.test(text))) return undefined;
    return `It must be one of ${MACROS.join(', ')} or "@every 1h30m", or five fields: "0 2 * * *".`;
  }
  const fields = text.split(/\s+/);
  if (fields.length === 6 || fields.length === 7) return `${ALLOWED} There are no seconds and no years.`;
  if (fields.length !== 5) return ALLOWED;
  const values: (readonly number[])[] = [];
  for (const [index, field] of FIELDS.entries()) {
    const read = valuesOf(fields[index] as string, field);
    if (read === undefined) return `${fieldProblem(fields[index] as string, field)} ${ALLOWED}`;
    values.push(read);
  }
  const [, , days, months] = values as [readonly number[], readonly number[], readonly number[], readonly number[]];
  // Kubernetes takes either day where both are given.
  const isAnyWeekday = /^[*?]/.test(fields[4] as string);
  const comes = months.some((month) => days.some((day) => day <= (LONGEST_MONTHS[month - 1] as number)));
  if (isAnyWeekday && !comes) return 'There is no such day, so it would never run.';
  return undefined;
}

/** The numbers that a field stands for; undefined where it is none. */
function valuesOf(text: string, field: Field): number[] | undefined {
  const all: number[] = [];
  for (const part of text.split(',')) {
    const [, from, to, step] = /^(\*|\?|\w+)(?:-(\w+))?(?:\/(\d+))?$/.exec(part) ?? [];
    if (from === undefined || Number(step ?? 1) < 1) return undefined;
    const isAny = from === '*' || from === '?';
    if (isAny && to !== undefined) return undefined;
    const first = isAny ? field.min : numberOf(from, field);
    const last = isAny || (to === undefined && step !== undefined) ? field.max : numberOf(to ?? from, field);
    if (first === undefined || last === undefined || first > last) return undefined;
    for (let value = first; value <= last; value += Number(step ?? 1)) all.push(value);
  }
  return all;
}

function numberOf(text: string, { min, max, words = [] }: Field): number | undefined {
  const at = words.indexOf(text.toLowerCase());
  if (at !== -1) return at + min;
  const value = Number(text);
  return /^\d+$/.test(text) && value >= min && value <= max ? value : undefined;
}

function fieldProblem(given: string, { name, min, max, words }: Field): string {
  const range = `${min} to ${max}${words ? `, or ${words[0]?.toUpperCase()} to ${words.at(-1)?.toUpperCase()}` : ''}`;
  const sunday = name === 'day of the week' && /\b7\b/.test(given) ? ' Sunday is 0.' : '';
  return `The ${name} is ${JSON.stringify(given)}, and goes from ${range}.${sunday}`;
}

const ABBREVIATIONS = ['CET', 'EET', 'EST', 'GMT', 'HST', 'MET', 'MST', 'PRC', 'ROC', 'ROK', 'UCT', 'UTC', 'WET'];

/** What is wrong with the name of a time zone, and how to mend it; nothing where it is one. */
export function timeZoneProblem(given: unknown): string | undefined {
  const allowed = 'It must be the name of a time zone: "Europe/Berlin", "Etc/UTC".';
  if (typeof given !== 'string' || !/^[A-Za-z][\w+-]*(\/[\w+-]+)*$/.test(given)) return allowed;
  const known = Intl.supportedValuesOf('timeZone').find((zone) => zone.toLowerCase() === given.toLowerCase());
  if (known === given) return undefined;
  // Node knows abbreviations, of which most mean several zones, that are in no file.
  if (/^[A-Z]{3}$/.test(given) && !ABBREVIATIONS.includes(given)) return allowed;
  // Kubernetes looks for a file of this name.
  if (known !== undefined) return `Did you mean ${JSON.stringify(known)}? ${allowed}`;
  try {
    new Intl.DateTimeFormat('en', { timeZone: given });
    return /^[A-Z]/.test(given) ? undefined : allowed;
  } catch {
    return allowed;
  }
}
