import { differences } from './figures';

const ACCEPTED = { 'bytes of the bundle': 200_000, 'modules at synth': 50 };

test.each([
  ['as it is', {}, []],
  ['bytes within one per cent, more', { 'bytes of the bundle': 202_000 }, []],
  ['bytes within one per cent, less', { 'bytes of the bundle': 198_000 }, []],
  ['bytes beyond it', { 'bytes of the bundle': 202_001 }, ['bytes of the bundle: 200,000 → 202,001 (+2,001, +1.0 %)']],
  ['bytes below it', { 'bytes of the bundle': 150_000 }, ['bytes of the bundle: 200,000 → 150,000 (−50,000, −25.0 %)']],
  ['one module more', { 'modules at synth': 51 }, ['modules at synth: 50 → 51 (+1)']],
  ['one module less', { 'modules at synth': 49 }, ['modules at synth: 50 → 49 (−1)']],
  ['a new figure', { 'modules of ./queue': 15 }, ['modules of ./queue: no figure → 15']],
])('%s', (_, changed, expected) => {
  expect(differences(ACCEPTED, { ...ACCEPTED, ...changed })).toEqual(expected);
});

test('a figure that nobody measures any more', () => {
  expect(differences(ACCEPTED, { 'modules at synth': 50 })).toEqual(['bytes of the bundle: 200,000 → no figure']);
});
