import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { EventStream } from './event-stream';

/** A page that takes what it is sent when the test says so. */
class Page extends EventEmitter {
  readonly written: string[] = [];
  writableNeedDrain = false;
  isFull = false;
  destroyed = false;

  writeHead(): void {}

  write(text: string): boolean {
    this.written.push(text);
    this.writableNeedDrain = this.isFull;
    return !this.isFull;
  }

  drain(): void {
    this.isFull = false;
    this.writableNeedDrain = false;
    this.emit('drain');
  }

  destroy(): void {
    this.destroyed = true;
    this.emit('close');
  }

  /** What came since it was asked last. */
  take(): string {
    return this.written.splice(0).join('');
  }
}

const open = () => {
  const page = new Page();
  const stream = new EventStream(page as unknown as ServerResponse);
  page.take();
  return { page, stream };
};

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

test('one who keeps up gets everything', () => {
  const { page, stream } = open();
  stream.send('queues', '1');
  stream.send('queue', '2');
  stream.send('queues', '3');
  expect(page.take()).toBe('event: queues\ndata: 1\n\nevent: queue\ndata: 2\n\nevent: queues\ndata: 3\n\n');
});

test('one who is slow gets the newest of each kind, and nothing piles up meanwhile', () => {
  const { page, stream } = open();
  page.isFull = true;
  stream.send('queues', '0');
  page.take();
  for (let i = 1; i <= 1_000; i++) {
    stream.send('queues', String(i));
    stream.send('queue', String(-i));
  }
  jest.advanceTimersByTime(45_000);
  expect(page.take()).toBe('');
  page.drain();
  expect(page.take()).toBe('event: queues\ndata: 1000\n\nevent: queue\ndata: -1000\n\n');
  jest.advanceTimersByTime(300_000);
  expect(page.destroyed).toBe(false);
});

test('one who takes nothing for a minute is let go', () => {
  const { page, stream } = open();
  page.isFull = true;
  stream.send('queues', '0');
  jest.advanceTimersByTime(59_000);
  expect(page.destroyed).toBe(false);
  jest.advanceTimersByTime(30_000);
  expect(page.destroyed).toBe(true);
  expect(jest.getTimerCount()).toBe(0);
});

test('one who hears nothing gets signs of life, by which one who has gone is found', () => {
  const { page } = open();
  jest.advanceTimersByTime(15_000);
  expect(page.take()).toBe(': still here\n\n');
  page.emit('close');
  expect(jest.getTimerCount()).toBe(0);
});
