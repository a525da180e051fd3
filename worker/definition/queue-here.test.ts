import { ENV } from '../contract';
import { ConfigurationError } from '../errors';
import { defineQueue } from './define-queue';
import { queueHere, queueOfRun } from './queue-here';

const pages = defineQueue({ name: 'pages' });
const before = process.env;

beforeEach(() => {
  process.env = { ...before };
});

afterAll(() => {
  process.env = before;
});

const inRun = () => Object.assign(process.env, { [ENV.queue]: 'pages-night-1', [ENV.definedAs]: 'pages' });

test('without a word, a queue is what it was defined as', () => {
  expect(queueHere('worker', pages, {})).toBe(pages);
  expect(queueOfRun(pages)).toBe(pages);
});

test('in a run, it has the name of the list, and else it is the same', () => {
  expect(queueHere('worker', pages, { queue: 'pages-night-1', definedAs: 'pages' })).toEqual({
    ...pages,
    name: 'pages-night-1',
  });
  inRun();
  expect(queueHere('filler', pages, {}).name).toBe('pages-night-1');
  expect(queueOfRun(pages).name).toBe('pages-night-1');
});

test('the environment of the process goes before one that is given', () => {
  inRun();
  expect(queueHere('worker', pages, { queue: 'pages' }).name).toBe('pages-night-1');
  process.env = { ...before, [ENV.queue]: 'pages' };
  expect(queueHere('worker', pages, { queue: 'pages-night-1', definedAs: 'pages' }).name).toBe('pages');
});

test('another queue is refused by the name that the code should have', () => {
  const other = defineQueue({ name: 'other' });
  expect(() => queueHere('worker', other, { queue: 'pages' })).toThrow(ConfigurationError);
  expect(() => queueHere('worker', other, { queue: 'pages' })).toThrow(
    'this worker was written for the queue other, the chart names pages (WORK_QUEUE_NAME); use the same name in both',
  );
  inRun();
  expect(() => queueHere('filler', other, {})).toThrow(
    'this filler was written for the queue other, the chart names pages (WORK_QUEUE_DEFINED_AS); use the same name in both',
  );
  // A client may be that of another queue.
  expect(queueOfRun(other)).toBe(other);
});
