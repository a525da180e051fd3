import { WorkerLog } from '../log';
import { ItemContext } from './item-context';
import { Notes } from './notes';

/** What Redis is told at a time, as far as there is room for so many bytes. */
function told(notes: Notes, now: number, all = false, room = Number.POSITIVE_INFINITY): [number, string][] {
  const found: [number, string][] = [];
  let left = room;
  notes.tell(now, all, (id, { checkpoint, progress }, bytes) => {
    left -= bytes;
    if (left < 0) return false;
    if (checkpoint !== undefined) found.push([id, checkpoint]);
    if (progress !== undefined) found.push([id, `at ${progress}`]);
    return true;
  });
  return found;
}

describe('notes', () => {
  test('tell the first checkpoint of an item at once, and then the last one once a second', () => {
    const notes = new Notes();
    notes.leave(1, '1');
    expect([notes.isDue(5), told(notes, 5)]).toEqual([true, [[1, '1']]]);
    expect(notes.isDue(10_000)).toBe(false);
    notes.leave(1, '2');
    notes.leave(1, '3');
    expect([notes.isDue(1_004), told(notes, 1_004)]).toEqual([false, []]);
    expect([notes.isDue(1_005), told(notes, 1_005)]).toEqual([true, [[1, '3']]]);
    expect(told(notes, 9_999)).toEqual([]);
  });

  test('do not wait where the item is aborted, or where all there is has to be told', () => {
    const notes = new Notes();
    notes.leave(1, '1');
    told(notes, 0);
    notes.leave(1, '2');
    expect(told(notes, 1, true)).toEqual([[1, '2']]);
    notes.hurry(1);
    expect(notes.isDue(2)).toBe(false);
    notes.leave(1, '3');
    expect([notes.isDue(2), told(notes, 2)]).toEqual([true, [[1, '3']]]);
  });

  test('keep what there is no room for', () => {
    const notes = new Notes();
    for (const id of [1, 2]) notes.leave(id, '"ten bytes"');
    expect(told(notes, 0, false, 12)).toEqual([[1, '"ten bytes"']]);
    expect(told(notes, 0)).toEqual([[2, '"ten bytes"']]);
  });

  test('tell of progress with a checkpoint, or by itself', () => {
    const notes = new Notes();
    notes.show(1, '0.1 ');
    notes.leave(1, '1');
    expect(told(notes, 0)).toEqual([
      [1, '1'],
      [1, 'at 0.1 '],
    ]);
    notes.show(1, '0.2 ');
    expect([notes.isDue(999), notes.isDue(1_000)]).toEqual([false, true]);
    expect(told(notes, 1_000)).toEqual([[1, 'at 0.2 ']]);
    expect(notes.end(1)).toMatchObject({ kept: 1, shown: true });
    notes.show(2, '0.2 ');
    expect(notes.end(2)).toMatchObject({ kept: 0, shown: false });
  });

  test('say at the end of an attempt what Redis has, and what it does not know', () => {
    const notes = new Notes();
    notes.resume(1, '1234');
    expect(notes.end(1)).toMatchObject({ checkpoint: undefined, kept: 4 });
    notes.leave(1, '12');
    told(notes, 0);
    notes.leave(1, '3');
    expect(notes.end(1)).toMatchObject({ checkpoint: '3', kept: 2 });
    expect(notes.end(1)).toBeUndefined();
    expect(told(notes, 9_999, true)).toEqual([]);
  });
});

describe('a handler', () => {
  function contextOf(resumed?: string) {
    const notes = new Notes();
    const context = new ItemContext({
      id: 7,
      attempt: 1,
      postponed: 0,
      epoch: 'e',
      delivery: 1,
      queue: { name: 'queue', payload: 'text' },
      log: new WorkerLog(() => {}),
      slowDown: () => {},
      resumed,
      notes,
    });
    return { notes, context };
  }

  test('is given what an earlier attempt left, and nothing where none did', () => {
    expect(contextOf('{"page":3}').context.resumed).toEqual({ page: 3 });
    expect(contextOf('null').context.resumed).toBeNull();
    expect(contextOf().context.resumed).toBeUndefined();
  });

  test('leaves values as they are when it does', () => {
    const { notes, context } = contextOf();
    const { checkpoint } = context;
    const state = { page: 1 };
    checkpoint(state);
    state.page = 2;
    expect(told(notes, 0)).toEqual([[7, '{"page":1}']]);
  });

  test('leaves nothing any more once its attempt has ended', () => {
    const { notes, context } = contextOf();
    const { checkpoint } = context;
    context.end();
    checkpoint(1);
    context.abort('late');
    expect(told(notes, 0, true)).toEqual([]);
  });

  test.each([
    [0, undefined, '0 '],
    [1, 'done', '1 done'],
    [1 / 3, 'page 1 of 3', '0.3333 page 1 of 3'],
    [0.5, 'é'.repeat(300), `0.5 ${'é'.repeat(200)}`],
    [0.5, '😀'.repeat(300), `0.5 ${'😀'.repeat(200)}`],
  ])('shows how far it is: %p %p', (fraction, text, line) => {
    const { notes, context } = contextOf();
    const { progress } = context;
    progress(fraction, text);
    expect(told(notes, 0)).toEqual([[7, `at ${line}`]]);
    context.end();
    progress(1);
    expect(told(notes, 1_000)).toEqual([]);
  });

  test.each([50, -0.1, Number.NaN, '0.5' as unknown as number, undefined as unknown as number])(
    'is told what is no fraction: %p',
    (fraction) => {
      const { notes, context } = contextOf();
      expect(() => context.progress(fraction)).toThrow(/^progress was given .*; allowed are numbers from 0 to 1$/);
      expect(told(notes, 0)).toEqual([]);
    },
  );

  const cycle: { self?: unknown } = {};
  cycle.self = cycle;
  test.each([
    [undefined, 'the checkpoint cannot be written as JSON: it is undefined'],
    [() => {}, 'the checkpoint cannot be written as JSON: it is a function'],
    [1n, 'the checkpoint cannot be written as JSON: TypeError'],
    [cycle, 'the checkpoint cannot be written as JSON: TypeError'],
    [
      'é'.repeat(32_768),
      'the checkpoint is 65538 bytes of JSON, and 65536 are allowed: store it elsewhere, and leave its address',
    ],
  ])('is told at once what is no checkpoint', (value, problem) => {
    const { notes, context } = contextOf();
    expect(() => context.checkpoint(value)).toThrow(TypeError);
    expect(() => context.checkpoint(value)).toThrow(problem);
    expect(told(notes, 0)).toEqual([]);
  });

  test('may leave 64 KiB', () => {
    const { notes, context } = contextOf();
    context.checkpoint('x'.repeat(65_534));
    expect(told(notes, 0)).toHaveLength(1);
  });
});
