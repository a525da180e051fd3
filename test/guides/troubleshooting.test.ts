import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXIT } from '../../worker/contract';
import {
  isWorded,
  type Message,
  messagesOf,
  messagesOfScripts,
  messagesOfShell,
  returnsOf,
  sentencesOf,
  textsOf,
} from './messages';

// Every message that ends a process or a synth is in the catalogue of docs/troubleshooting.md, by words that it has.

const page = readFileSync(join(__dirname, '../../docs/troubleshooting.md'), 'utf8');
const sections = new Map(page.split(/^## /m).map((section) => [/^.*/.exec(section)?.[0] ?? '', section]));

/** The messages in the first column of the tables of some sections. */
function catalogue(heading: RegExp): string[] {
  const found = [...sections].filter(([title]) => heading.test(title)).map(([, section]) => section);
  const cells = found.flatMap((section) => [...section.matchAll(/^\| (`.*?) \|/gm)].map(([, cell]) => cell as string));
  return cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, phrase]) => phrase as string));
}

/** Whether a message, without its backticks, is one that the page names; `…` stands for anything. */
function isNamedBy(phrase: string): (text: string) => boolean {
  const parts = phrase.split('…');
  return (text) => {
    let from = 0;
    for (const part of parts) {
      const at = text.indexOf(part, from);
      if (at < 0) return false;
      from = at + part.length;
    }
    return true;
  };
}

/** A prop in a message stands between backticks, which would end the code on the page. */
const withoutBackticks = (text: string) => text.replaceAll('`', '');

function missingFrom(phrases: string[], messages: Message[]): string[] {
  const named = phrases.map(isNamedBy);
  return messages
    .filter(({ text }) => !named.some((is) => is(withoutBackticks(text))))
    .map(({ from, text }) => `${from}: ${text}`);
}

const WORK_QUEUE_ERROR =
  /^(Configuration|DataLost|NeverFilled|StoreUnreachable|LeaseThread|FillRefused|FillInterrupted|HandlerHung)Error$/;

/** Messages that are made elsewhere than where they are thrown: who throws, and where the words are. */
const ELSEWHERE: Record<string, Message[]> = {
  'worker/work-queue/filling.ts FillRefusedError': messagesOfScripts(),
  'worker/redis/incarnation.ts DataLostError': messagesOfScripts(),
  'worker/settings/options.ts ConfigurationError': returnsOf('worker/settings/options.ts', 'optionsProblem'),
  'worker/settings/settings.ts ConfigurationError': [
    ...returnsOf('worker/settings/queue-name.ts', 'queueNameProblem'),
    ...returnsOf('worker/definition/define-queue.ts', 'payloadProblem'),
  ],
  'worker/redis/connection.ts ConfigurationError': sentencesOf('worker/redis/tls-problem.ts', /^(its|it) /),
  'command/handler.ts ConfigurationError': returnsOf('command/start-problem.ts', 'missingProgram', 'programProblem'),
  'worker/lease/lease.ts ConfigurationError': sentencesOf('worker/lease/lease.ts', /^(is missing|cannot be read): /),
};

const thrown = ['worker', 'command', 'agent'].flatMap((folder) => messagesOf(folder, WORK_QUEUE_ERROR));

test('every error class of the worker is looked for', () => {
  const errors = readFileSync(join(__dirname, '../../worker/errors/errors.ts'), 'utf8');
  const classes = [...errors.matchAll(/class (\w+) extends WorkQueueError/g)].map(([, name]) => name as string);
  expect(classes.length).toBeGreaterThanOrEqual(7);
  expect(classes.filter((name) => !WORK_QUEUE_ERROR.test(name))).toEqual([]);
  for (const name of classes) expect(thrown.map(({ from }) => from.split(' ')[1])).toContain(name);
});

test('a message that is made elsewhere is looked for there', () => {
  const wordless = thrown.filter(({ text }) => !isWorded(text)).map(({ from }) => from);
  expect(wordless.filter((from) => !(from in ELSEWHERE))).toEqual([]);
  for (const messages of Object.values(ELSEWHERE)) expect(messages.length).toBeGreaterThanOrEqual(2);
});

test('the page has every message of a WorkQueueError', () => {
  const messages = [...thrown.filter(({ text }) => isWorded(text)), ...Object.values(ELSEWHERE).flat()];
  expect(messages.length).toBeGreaterThan(50);
  expect(missingFrom(catalogue(/^By message/), messages)).toEqual([]);
});

test('the page has every message by which a fill or a gate ends', () => {
  const messages = messagesOfShell();
  expect(messages.length).toBeGreaterThan(8);
  expect(missingFrom(catalogue(/^By message/), messages)).toEqual([]);
});

test('the page has the kind of every InvalidPropError', () => {
  // What the tables of lib/props say of one prop beside another, or of one that does not exist, is two kinds in words.
  const messages = messagesOf('lib', /^(InvalidPropError|refusal|refuse|kind)$/).filter(({ text }) =>
    /^\p{Lu}\S* .*\p{Ll}/su.test(text),
  );
  expect(messages.length).toBeGreaterThan(60);
  expect(missingFrom(catalogue(/^Errors at synth/), messages)).toEqual([]);
});

test('the page has no message that is gone', () => {
  const all = [
    ...['worker', 'command', 'agent', 'lib'].flatMap(textsOf),
    ...[...messagesOfScripts(), ...messagesOfShell()].map(({ text }) => text),
  ];
  const texts = [...new Set(all.map(withoutBackticks))];
  const stale = catalogue(/^By message|^Errors at synth/).filter((phrase) => !texts.some(isNamedBy(phrase)));
  expect(stale).toEqual([]);
});

test('the page has every exit code', () => {
  const codes = [...(sections.get('By exit code') as string).matchAll(/^\| (\d+) \|/gm)].map(([, code]) =>
    Number(code),
  );
  expect(codes).toEqual(expect.arrayContaining(Object.values(EXIT)));
});
