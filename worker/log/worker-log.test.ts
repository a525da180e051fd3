import pino from 'pino';
import { itemLog } from './item-log';
import { coloured, terminalHead, textLines } from './text-line';
import { WorkerLog, workerLog } from './worker-log';

const env = { WORK_QUEUE_NAME: 'thumbnails', WORK_QUEUE_WORKER: 'pod-1' };
const item = (log: WorkerLog) => log.with({ id: 7, attempt: 2 }, '7');

describe('a log that takes lines', () => {
  const underTest = (more: object = {}) => {
    const calls: unknown[][] = [];
    const write =
      (level: string) =>
      (...args: unknown[]) =>
        void calls.push([level, ...args]);
    const log = workerLog({ info: write('info'), warn: write('warn'), ...more }, env);
    return { log, calls };
  };
  const base = { queue: 'thumbnails', worker: 'pod-1' };

  test('gets the line, with the item in front, and the fields', () => {
    const { log, calls } = underTest();
    log.info('begins');
    itemLog(item(log))('one\ntwo', { width: 3, id: 'own' });
    const fields = { ...base, id: 7, attempt: 2, width: 3, fields: { id: 'own' } };
    expect(calls).toEqual([
      ['info', 'begins', base],
      ['info', '[7] one', fields],
      ['info', '[7] two', fields],
    ]);
  });

  test('gets debug lines by info and errors by warn, unless it has methods for them', () => {
    const { log, calls } = underTest();
    log.debug('a');
    log.error('b');
    expect(calls.map(([level]) => level)).toEqual(['info', 'warn']);
    const error = jest.fn();
    underTest({ error }).log.error('b');
    expect(error).toHaveBeenCalledWith('b', base);
  });

  test('that throws, now or later, harms nobody', async () => {
    const log = workerLog(
      {
        info: async () => {
          throw new Error('later');
        },
        warn: () => {
          throw new Error('now');
        },
      },
      env,
    );
    log.info('a');
    log.warn('b');
    await new Promise(setImmediate);
  });

  test('keeps a line of the worker on one line', () => {
    const { log, calls } = underTest();
    log.info('one\ntwo\u2028');
    expect(calls).toEqual([['info', 'one\\ntwo\\u2028', base]]);
  });
});

test('the console as a log gets lines alone', () => {
  const info = jest.spyOn(console, 'info').mockImplementation();
  try {
    itemLog(item(workerLog(console, env)))('text', { a: 1 });
    expect(info.mock.calls).toEqual([['[7] text a=1']]);
  } finally {
    info.mockRestore();
  }
});

test('pino gets the fields first, and writes errors as it does', () => {
  const lines: string[] = [];
  const logger = pino({ level: 'debug' }, { write: (line) => void lines.push(line) });
  const log = itemLog(item(workerLog(logger, env)));
  log.debug('begins');
  log.error('the upload failed', new TypeError('no', { cause: new Error('gone') }));
  log('done', { width: 3 });
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { level: 20, msg: 'begins', queue: 'thumbnails', worker: 'pod-1', id: 7, attempt: 2 },
    {
      level: 50,
      msg: 'the upload failed',
      err: { type: 'TypeError', message: 'no: gone', stack: expect.stringContaining('TypeError: no') },
    },
    { level: 30, msg: 'done', width: 3 },
  ]);
});

test('winston, which has a child as well, gets the line first', () => {
  const info = jest.fn();
  const logger = { child: () => logger, transports: [], info, warn: info, error: info, debug: info };
  item(workerLog(logger, env)).info('text');
  expect(info).toHaveBeenCalledWith('[7] text', expect.objectContaining({ id: 7 }));
});

test.each<[string, unknown, object | undefined]>([
  ['nothing', undefined, undefined],
  ['null', null, undefined],
  ['an error', new Error('no'), { err: expect.objectContaining({ message: 'no' }) }],
  ['a text', 'more', { value: 'more' }],
  ['a list', [1, 2], { value: [1, 2] }],
])('beside its words, a handler may give %s', (_, fields, given) => {
  const entries: unknown[] = [];
  itemLog(new WorkerLog((entry) => entries.push(entry))).warn('text', fields as object);
  expect(entries).toEqual([{ level: 'warn', text: 'text', fields: {}, label: undefined, given }]);
});

test('fields are names and values behind a text', () => {
  const given = { width: 3, name: 'a b', path: '/a', sizes: [1, 2], err: new Error('no', { cause: 'flood' }) };
  expect(textLines({ level: 'info', text: 'resized\nit', label: '7', fields: { id: 7 }, given })).toEqual([
    '[7] resized',
    '[7] it width=3 name="a b" path=/a sizes=[1,2] err="Error: no, caused by flood"',
  ]);
});

test('a line on a terminal tells when it was written and how much it matters', () => {
  const at = new Date(2026, 10, 26, 2, 3, 4, 5);
  expect(terminalHead('warn', at)).toBe('02:03:04.005 WARN ');
  expect(terminalHead('error', at)).toBe('02:03:04.005 ERROR');
  expect(coloured('error', 'x')).toBe('\u001b[31mx\u001b[39m');
  expect(coloured('info', 'x')).toBe('x');
});
