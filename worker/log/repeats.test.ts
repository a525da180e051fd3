import { REPEATS_WITHIN, Repeats } from './repeats';

/** Time that is moved by hand. */
function underTest() {
  const timers = new Set<{ due: number; act: () => void }>();
  let now = 0;
  const repeats = new Repeats((ms, act) => {
    const timer = { due: now + ms, act };
    timers.add(timer);
    return () => timers.delete(timer);
  });
  const said: string[] = [];
  const come = (kind: string) => {
    if (repeats.isFirst(kind, (more) => said.push(`${more} more: ${kind}`))) said.push(kind);
  };
  const move = (ms: number) => {
    now += ms;
    for (const timer of [...timers]) {
      if (timer.due > now) continue;
      timers.delete(timer);
      timer.act();
    }
  };
  return { repeats, come, move, said, timers };
}

test('the first of a kind is said, the next ones are counted, and their number is said once a minute and at the end', () => {
  const { repeats, come, move, said, timers } = underTest();
  for (let i = 0; i < 1_000; i++) come('HTTP 503');
  come('HTTP 404');
  expect(said).toEqual(['HTTP 503', 'HTTP 404']);
  move(REPEATS_WITHIN);
  expect(said.splice(0)).toEqual(['HTTP 503', 'HTTP 404', '999 more: HTTP 503']);
  come('HTTP 503');
  expect(said).toEqual([]);
  repeats.end();
  expect(said).toEqual(['1 more: HTTP 503']);
  expect(timers.size).toBe(0);
});

test('what did not come for a minute is new again', () => {
  const { come, move, said } = underTest();
  come('HTTP 503');
  come('HTTP 503');
  move(REPEATS_WITHIN);
  move(REPEATS_WITHIN);
  come('HTTP 503');
  expect(said).toEqual(['HTTP 503', '1 more: HTTP 503', 'HTTP 503']);
});

test('of more kinds than can be remembered, none is lost', () => {
  const { repeats, come, said, timers } = underTest();
  for (let i = 0; i < 10_000; i++) {
    come(`kind ${i}`);
    come(`kind ${i}`);
  }
  expect(timers.size).toBeLessThanOrEqual(200);
  repeats.end();
  const firsts = said.filter((line) => line.startsWith('kind'));
  const more = said.filter((line) => line.startsWith('1 more'));
  expect([firsts.length, more.length]).toEqual([10_000, 10_000]);
});
