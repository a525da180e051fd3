import { scheduleProblem, timeZoneProblem } from './schedule';

test.each([
  '0 2 * * *',
  '*/15 * * * *',
  '0 0-6/2 1,15 * *',
  '5 4 * * sun',
  '5 4 ? JAN-MAR MON-FRI',
  '30 3/6 * * 1-5',
  '0 0 29 2 *',
  // Either day will do.
  '0 0 31 2 1',
  '  0 2 * * *  ',
  '@daily',
  '@hourly',
  '@every 1h30m',
])('%p is a schedule', (schedule) => {
  expect(scheduleProblem(schedule)).toBeUndefined();
});

test.each([
  ['', 'It must be five fields'],
  ['2', 'It must be five fields'],
  ['every night', 'It must be five fields'],
  ['0 2 * *', 'It must be five fields'],
  ['0 0 2 * * *', 'There are no seconds and no years.'],
  ['60 2 * * *', 'The minute is "60", and goes from 0 to 59.'],
  ['0 24 * * *', 'The hour is "24", and goes from 0 to 23.'],
  ['0 2 0 * *', 'The day of the month is "0", and goes from 1 to 31.'],
  ['0 2 L * *', 'The day of the month is "L"'],
  ['0 2 * 13 *', 'The month is "13", and goes from 1 to 12, or JAN to DEC.'],
  ['0 2 * * 7', 'The day of the week is "7", and goes from 0 to 6, or SUN to SAT. Sunday is 0.'],
  ['0 2 * * MON#1', 'The day of the week is "MON#1"'],
  ['*/0 * * * *', 'The minute is "*/0"'],
  ['30-10 * * * *', 'The minute is "30-10"'],
  ['0 0 30 2 *', 'There is no such day, so it would never run.'],
  ['0 0 31 4,6 *', 'There is no such day, so it would never run.'],
  ['TZ=Europe/Berlin 0 2 * * *', 'timeZone: "Europe/Berlin"'],
  ['CRON_TZ=UTC 0 2 * * *', 'timeZone: "Europe/Berlin"'],
  ['@reboot', 'It must be one of @yearly,'],
  ['@every night', 'It must be one of @yearly,'],
  [5, 'It must be five fields'],
  [['0', '2', '*', '*', '*'], 'It must be five fields'],
])('%p is none', (schedule, why) => {
  expect(scheduleProblem(schedule)).toContain(why);
});

test.each([
  'Europe/Berlin',
  'Etc/UTC',
  'UTC',
  'America/Argentina/Buenos_Aires',
  'Asia/Calcutta',
  'Etc/GMT+5',
  'CET',
  'EST',
  'EST5EDT',
])('%p is a time zone', (zone) => {
  expect(timeZoneProblem(zone)).toBeUndefined();
});

test.each(['', 'Local', 'Berlin', '+01:00', 'Europe/Berlim', 'utc+1', 1, 'GMT+1 '])('%p is none', (zone) => {
  expect(timeZoneProblem(zone)).toMatch(/It must be the name of a time zone: "Europe\/Berlin"/);
});

test('one in other letters is corrected', () => {
  expect(timeZoneProblem('europe/berlin')).toMatch(/^Did you mean "Europe\/Berlin"\?/);
});
