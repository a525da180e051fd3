import { AsyncLocalStorage } from 'node:async_hooks';
import { tracingChannel } from 'node:diagnostics_channel';
import { TraceChannel, type TracedCall } from './trace-channel';

interface Message extends TracedCall {
  readonly id: number;
}

const NAME = 'cdk8s-redis-work-queue:test';
const channel = new TraceChannel<Message>(NAME);
const subscribed = tracingChannel<unknown, Message>(NAME);
let heard: string[];

const tell = (what: string) => (message: unknown) => {
  const { id, result, error } = message as Message;
  heard.push([what, id, result, error].filter((each) => each !== undefined).join(' '));
};
const SUBSCRIBERS = {
  start: tell('start'),
  end: tell('end'),
  asyncStart: tell('asyncStart'),
  asyncEnd: tell('asyncEnd'),
  error: tell('error'),
};

beforeEach(() => {
  heard = [];
});

describe('a channel that somebody listens to', () => {
  beforeEach(() => subscribed.subscribe(SUBSCRIBERS));
  afterEach(() => subscribed.unsubscribe(SUBSCRIBERS));

  test('tells how a call that returns begins and ends', () => {
    expect(channel.trace({ id: 1 }, () => 'value')).toBe('value');
    expect(heard).toEqual(['start 1', 'end 1 value']);
  });

  test('tells what a call throws, and throws it', () => {
    const call = () => {
      throw 'broken';
    };
    expect(() => channel.trace({ id: 1 }, call)).toThrow('broken');
    expect(heard).toEqual(['start 1', 'error 1 broken', 'end 1 broken']);
  });

  test('tells when a promise is resolved, and with what', async () => {
    const returned = channel.trace({ id: 1 }, async () => 'value');
    expect(heard).toEqual(['start 1', 'end 1']);
    expect(await returned).toBe('value');
    expect(heard.slice(2)).toEqual(['asyncStart 1 value', 'asyncEnd 1 value']);
  });

  test('tells when a promise is rejected, and rejects with the same', async () => {
    const returned = channel.trace({ id: 1 }, () => Promise.reject('broken'));
    await expect(returned).rejects.toBe('broken');
    expect(heard.slice(2)).toEqual(['error 1 broken', 'asyncStart 1 broken', 'asyncEnd 1 broken']);
  });

  test('tells once of what only looks like a promise and answers twice', async () => {
    // biome-ignore lint/suspicious/noThenProperty: that is the point
    const twice = { then: (resolve: (value: string) => void) => ['one', 'two'].forEach(resolve) };
    expect(await (channel.trace({ id: 1 }, () => twice as unknown) as Promise<string>)).toBe('one');
    expect(heard).toEqual(['start 1', 'end 1', 'asyncStart 1 one', 'asyncEnd 1 one']);
  });
});

test.each(['start', 'end', 'asyncStart', 'asyncEnd', 'error'] as const)(
  'a subscriber of %s alone makes it heard, until it goes',
  (event) => {
    expect(channel.isHeard).toBe(false);
    subscribed[event].subscribe(SUBSCRIBERS[event]);
    expect(channel.isHeard).toBe(true);
    subscribed[event].unsubscribe(SUBSCRIBERS[event]);
    expect(channel.isHeard).toBe(false);
  },
);

test('a store that is bound to the start holds what it was given while the call runs, and after its awaits', async () => {
  const store = new AsyncLocalStorage<string>();
  subscribed.start.bindStore(store, ({ id }) => `call ${id}`);
  const call = async () => {
    const before = store.getStore();
    await new Promise(setImmediate);
    return [before, store.getStore()];
  };
  expect(await channel.trace({ id: 7 }, call)).toEqual(['call 7', 'call 7']);
  expect(store.getStore()).toBeUndefined();
  subscribed.start.unbindStore(store);
});

test('a subscriber of the start may run the call within something of its own', () => {
  const within = (message: unknown) => {
    Object.assign(message as Message, { within: (call: () => unknown) => `<${call()}>` });
  };
  subscribed.start.subscribe(within);
  expect(channel.trace({ id: 1 }, () => 'value')).toBe('<value>');
  subscribed.start.unsubscribe(within);
});
