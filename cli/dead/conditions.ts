import type { DeadLetter } from 'cdk8s-redis-work-queue/worker';
import { kindOf } from '../../worker/errors';
import { UsageError } from '../failures';
import { timeSpan } from '../text';

export type Letter = DeadLetter<Uint8Array>;

/** Whether a dead letter is one of those that are meant. */
export type Condition = (letter: Letter) => boolean;

type Operator = '=' | '!=' | '~' | '!~' | '<' | '<=' | '>' | '>=';

/** What a field is compared with; a problem where that is nothing for it. */
interface Field {
  readonly operators: readonly Operator[];
  /** What stands behind the operator, in words. */
  readonly values: string;
  /** Undefined where the value is none for this field. */
  condition(operator: Operator, value: string): Condition | undefined;
}

const CONDITION = /^\s*([a-z]+)\s*(!=|!~|<=|>=|=|~|<|>)\s*(.*?)\s*$/is;
const REASONS: readonly Letter['reason'][] = ['handler', 'crash', 'invalid'];

const FIELDS: Readonly<Record<string, Field>> = {
  reason: {
    operators: ['=', '!='],
    values: `${REASONS.slice(0, -1).join(', ')} or ${REASONS.at(-1)}`,
    condition: (operator, value) =>
      REASONS.some((reason) => reason === value)
        ? ({ reason }) => (reason === value) === (operator === '=')
        : undefined,
  },
  kind: {
    operators: ['=', '!='],
    values: 'a kind as `dead list --group` prints it, or an error of that kind',
    condition: (operator, value) => {
      if (value === '') return undefined;
      const kinds = new Set([value, kindOf(value)]);
      return ({ error }) => kinds.has(kindOf(error)) === (operator === '=');
    },
  },
  error: text(({ error }) => error),
  worker: text(({ worker = '' }) => worker),
  item: text(({ payload }) => Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString()),
  id: number('a whole number', wholeIn, ({ id }) => id),
  attempts: number('a whole number', wholeIn, ({ attempts }) => attempts),
  duration: number('a time such as 500ms, 30s or 5m', millisIn, ({ duration }) => duration),
  at: number('a time such as 2026-11-26 or 2026-11-26T10:00, in UTC unless it says another zone', timeIn, ({ at }) =>
    at.getTime(),
  ),
};

/**
 * What holds where all of these do.
 *
 * @param texts conditions as they are typed, such as `reason=crash` or `error~503`
 * @throws UsageError one of them is none
 */
export function allOf(texts: readonly string[]): Condition {
  const conditions = texts.map(conditionIn);
  return (letter) => conditions.every((holds) => holds(letter));
}

function conditionIn(text: string): Condition {
  const [, name = '', operator = '', value = ''] = CONDITION.exec(text) ?? [];
  const field = Object.hasOwn(FIELDS, name) ? FIELDS[name] : undefined;
  if (!field) return refuse(text, `Begin with one of ${Object.keys(FIELDS).join(', ')}`);
  if (!field.operators.includes(operator as Operator)) return refuse(text, formsOf(name, field));
  return field.condition(operator as Operator, value) ?? refuse(text, formsOf(name, field));
}

function formsOf(name: string, { operators, values }: Field): string {
  return `Allowed is ${name}, then ${operators.slice(0, -1).join(' ')} or ${operators.at(-1)}, then ${values}`;
}

function refuse(text: string, allowed: string): never {
  throw new UsageError(
    `--where ${JSON.stringify(text)} is no condition. ${allowed}: --where reason=crash, --where 'error~HTTP 503', --where 'attempts>=3'.`,
  );
}

/** Equal, or in it, whatever the case. */
function text(of: (letter: Letter) => string): Field {
  return {
    operators: ['=', '!=', '~', '!~'],
    values: 'a text (~ looks for it anywhere, in whatever case)',
    condition: (operator, value) => {
      if (operator === '=' || operator === '!=') return (letter) => (of(letter) === value) === (operator === '=');
      const wanted = value.toLowerCase();
      return wanted === '' ? undefined : (letter) => of(letter).toLowerCase().includes(wanted) === (operator === '~');
    },
  };
}

/** What is not known is neither less nor more, nor equal. */
function number(
  values: string,
  read: (value: string) => number | undefined,
  of: (letter: Letter) => number | undefined,
): Field {
  return {
    operators: ['=', '!=', '<', '<=', '>', '>='],
    values,
    condition: (operator, value) => {
      const limit = read(value);
      if (limit === undefined) return undefined;
      return (letter) => {
        const number = of(letter);
        return number !== undefined && COMPARE[operator](number, limit);
      };
    },
  };
}

const COMPARE: Readonly<Record<Operator, (number: number, limit: number) => boolean>> = {
  '=': (number, limit) => number === limit,
  '!=': (number, limit) => number !== limit,
  '<': (number, limit) => number < limit,
  '<=': (number, limit) => number <= limit,
  '>': (number, limit) => number > limit,
  '>=': (number, limit) => number >= limit,
  '~': () => false,
  '!~': () => false,
};

function wholeIn(value: string): number | undefined {
  return /^\d{1,15}$/.test(value) ? Number(value) : undefined;
}

function millisIn(value: string): number | undefined {
  const [, millis] = /^(\d{1,15}(?:\.\d{1,9})?)(?: ?ms)?$/.exec(value) ?? [];
  if (millis !== undefined) return Number(millis);
  const seconds = timeSpan(value);
  return seconds === undefined ? undefined : seconds * 1_000;
}

const TIME = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?) ?(Z|[+-]\d\d:\d\d)?)?$/;

function timeIn(value: string): number | undefined {
  const [, day, time = '00:00', zone = 'Z'] = TIME.exec(value) ?? [];
  const at = day === undefined ? Number.NaN : Date.parse(`${day}T${time}${zone}`);
  return Number.isNaN(at) ? undefined : at;
}
