import { isIP } from 'node:net';
import type { Duration, Size } from 'cdk8s';
import {
  type Cpu,
  DOTTED_NAME,
  IMAGE_NAME,
  inMebibytes,
  inMillis,
  inMilliseconds,
  isHostName,
  KEY,
  LABEL,
  nameSyntax,
  type Syntax,
} from '../kubernetes';
import { type At, type Kind, kind, list, map, refined } from './kind';

/** What a host is, for one who gives none. */
export const HOST = 'It must be a host name or an IP address: "redis.example.com".';

const MAX_INT32 = 2 ** 31 - 1;

export const flag: Kind<boolean> = kind(
  (given) => typeof given === 'boolean',
  (given) => (typeof given === 'string' ? 'It must be true or false, without quotes.' : 'It must be true or false.'),
);

/** A whole number. */
export function whole(min: number, max = MAX_INT32): Kind<number> {
  const allowed = `It must be a whole number from ${min} to ${max}`;
  const isWhole = kind<number>(
    (given) => Number.isInteger(given) && (given as number) >= min && (given as number) <= max,
    (given) => (typeof given === 'string' ? `${allowed}, without quotes.` : `${allowed}.`),
  );
  // Adding 0 makes 0 of -0, which YAML would write otherwise.
  return { read: (given, at) => isWhole.read(given, at) + 0 };
}

/** Text as an argument or a payload may hold it. */
export function isText(given: unknown): given is string {
  return typeof given === 'string' && !/[\0\p{Surrogate}]/u.test(given);
}

/** A string of a syntax. */
export function string({ test, allowed }: Syntax): Kind<string> {
  return kind((given) => typeof given === 'string' && test(given), allowed);
}

/** One of a few words. */
export function word<T extends string>(words: readonly T[], allowed: string): Kind<T> {
  return kind((given) => words.includes(given as T), allowed);
}

export const name = string(nameSyntax());
export const dottedName = string(DOTTED_NAME);
export const image = string(IMAGE_NAME);
export const labelValue = string(LABEL);

/** A word of a command line. */
export const argument: Kind<string> = kind(isText, (given) =>
  typeof given === 'string'
    ? 'It must be text, without NUL or half of a surrogate pair.'
    : 'It must be a string: in quotes.',
);

export const args: Kind<string[]> = list(argument, 'an array of strings, a word each: ["--verbose", "--size", "3"]');

export const command: Kind<string[]> = refined(
  list(argument, 'an array of strings, a word each: ["node", "worker.js"]'),
  ([program], at) => {
    if (program === '') throw at.element(0).refusal(program, 'It must be the program to run: "node".');
  },
);

const key = (text: string, at: At) => {
  if (!KEY.test(text)) throw at.as(`a key of ${at.name}`).refusal(text, KEY.allowed);
};

/** Labels of a pod, or a node selector. */
export const labels = map(labelValue, key, 'an object of strings by name: { "example.com/team": "fruit" }');

export const annotations = map(
  kind<string>(isText, 'An annotation must be a string.'),
  (text, at) => {
    if (!KEY.test(text.toLowerCase())) throw at.as(`a key of ${at.name}`).refusal(text, KEY.allowed);
  },
  'an object of strings by name: { "example.com/note": "any text" }',
);

/** A host name or an address. */
export const host: Kind<string> = kind(
  (given) => typeof given === 'string' && (isIP(given) !== 0 || isHostName(given)),
  HOST,
);

/** Identity of a batch. */
export const batch: Kind<string> = kind(
  (given) => typeof given === 'string' && /^[\x20-\x7e]{1,128}$/.test(given),
  'It must be 1 to 128 printable ASCII characters, such as a date: "2026-11-23".',
);

/** The name of a queue, which is a Redis key and half of all the others. */
export const queueName: Kind<string> = {
  read(given, at) {
    if (isA(given, 'encode')) throw at.refusal(given, 'It is the name alone. Give a queue of defineQueue as `queue`.');
    if (typeof given !== 'string' || given === '') throw at.refusal(given, QUEUE_NAME);
    if (/[{}]/.test(given)) {
      const without = given.replace(/[{}]/g, '');
      const instead = isQueueName(without) ? ` Use ${JSON.stringify(without)}.` : ` ${QUEUE_NAME}`;
      throw at.refusal(given, `Braces are not allowed: Redis Cluster reads them as a hash tag.${instead}`);
    }
    if (!isQueueName(given)) {
      throw at.refusal(
        given,
        'It must be at most 512 bytes of text without control characters: it appears in logs and on command lines.',
      );
    }
    return given;
  },
};

function isQueueName(text: string): boolean {
  return text !== '' && !/[{}\p{Control}\p{Surrogate}]/u.test(text) && Buffer.byteLength(text) <= 512;
}

/** What a queue's name is, for one who gives none. */
export const QUEUE_NAME = 'It must name the Redis list that holds the items: "job2".';

/** The file of an entry. Whether there is one, bundling says. */
export const file: Kind<string> = kind(
  (given) => typeof given === 'string' && isText(given),
  (given) =>
    Object.prototype.toString.call(given) === '[object URL]' && (given as URL).protocol === 'file:'
      ? 'It must be a path: fileURLToPath(url), from "node:url".'
      : 'It must name a TypeScript or JavaScript file: "./worker.ts".',
);

const isA = (given: unknown, method: string) =>
  typeof given === 'object' && given !== null && typeof (given as Record<string, unknown>)[method] === 'function';

/** A Duration of any copy of cdk8s. */
const anyDuration: Kind<Duration> = kind(
  (given) => isA(given, 'toMilliseconds'),
  "It must be a Duration: Duration.seconds(30), from 'cdk8s'.",
);

/** Whole milliseconds, for a timer of the worker. */
export function milliseconds(min: number, max = MAX_INT32 / 1000): Kind<Duration> {
  return refined(anyDuration, (duration, at) => {
    const ms = inMilliseconds(duration);
    if (Number.isInteger(ms) && ms >= min * 1000 && ms <= max * 1000) return;
    throw at.refusal(
      `${ms} ms`,
      `It must be whole milliseconds from ${min} s to ${Math.floor(max)} s, for example Duration.seconds(30).`,
    );
  });
}

/** Whole seconds, in which Kubernetes counts. */
export function seconds(min: number, max = MAX_INT32): Kind<Duration> {
  return refined(anyDuration, (duration, at) => {
    const ms = inMilliseconds(duration);
    if (Number.isInteger(ms / 1000) && ms >= min * 1000 && ms <= max * 1000) return;
    throw at.refusal(
      `${ms} ms`,
      `It must be whole seconds from ${min} s to ${Math.floor(max)} s, for example Duration.seconds(30).`,
    );
  });
}

/** As much as a timer of Node can wait. */
export const MAX_TIMER_SECONDS = MAX_INT32 / 1000;

/** What a signed integer of 64 bits can count the bytes of. */
const MAX_MEBIBYTES = 2 ** 43;

/** Memory or storage, as a Size of any copy of cdk8s. Less than 1 MiB would be written as none. */
export function size(min = 1, tooLittle = `It must be at least Size.mebibytes(${min}).`): Kind<Size> {
  const anySize = kind<Size>(
    (given) => isA(given, 'toMebibytes'),
    `It must be a Size: Size.mebibytes(${Math.max(min, 512)}), from 'cdk8s'.`,
  );
  return refined(anySize, (value, at) => {
    const mebibytes = inMebibytes(value);
    if (!(mebibytes >= min)) throw at.refusal(value, tooLittle);
    if (!(mebibytes < MAX_MEBIBYTES)) throw at.refusal(value, 'It must be less than Size.pebibyte(8192).');
  });
}

/** Shares of processors, as our Cpu or that of any version of cdk8s-plus. */
export const cpu: Kind<Cpu> = refined(
  kind<Cpu>(
    (given) => typeof given === 'object' && typeof (given as { amount?: unknown } | null)?.amount === 'string',
    "It must be a Cpu: Cpu.millis(500), from 'cdk8s-redis-work-queue' or cdk8s-plus.",
  ),
  (value, at) => {
    const millis = inMillis(value);
    if (millis < 0) throw at.refusal(value.amount, 'It must be at least Cpu.millis(0).');
    if (Number.isInteger(millis) && millis <= MAX_INT32 * 1000) return;
    throw at.refusal(value.amount, 'It must be a whole number of thousandths of a processor: Cpu.millis(500).');
  },
);

/** Whether JSON.stringify makes text of it. It throws for a bigint, and gives undefined for a function. */
function isJson(given: unknown): boolean {
  try {
    return JSON.stringify(given) !== undefined;
  } catch {
    return false;
  }
}

/** Items of a list, as they go into the queue. */
export const payloads: Kind<string[]> = list(
  {
    read(given, at) {
      if (typeof given !== 'string') {
        throw at.refusal(
          given === null ? 'null' : typeof given,
          isJson(given)
            ? 'An item is a string. Use JSON.stringify, or give a queue made by defineQueue, which encodes it: queue: thumbnails.'
            : 'An item is a string: "apple".',
        );
      }
      if (/\p{Surrogate}/u.test(given)) {
        throw at.refusal(
          given,
          'It holds half of a surrogate pair, which is not text. Encode binary data, for example in base64.',
        );
      }
      return given;
    },
  },
  'an array of strings: ["apple", "banana"]',
);
