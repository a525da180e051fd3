import { EXIT } from '../../worker/contract';
import { JobRules } from './job-rules';

test('a crash is replaced as often as the backoff limit allows, and a disruption always', () => {
  const rules = new JobRules(2);
  expect([1, 143, 137, 143, 143].map((code) => rules.after(code))).toEqual(Array(5).fill('replace'));
  expect(rules.failures).toBe(2);
  expect(rules.after(EXIT.handlerHung)).toBe('fail');
});

test('after a success nothing is replaced', () => {
  const rules = new JobRules(6);
  expect(rules.after(0)).toBe('go on');
  expect(rules.after(1)).toBe('go on');
});

test.each([80, 81, 82, 83])('exit code %i fails the Job at once', (code) => {
  expect(new JobRules(6).after(code)).toBe('fail');
});
