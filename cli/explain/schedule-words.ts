import { countOf, duration } from '../text';
import type { Plan } from './plan';
import type { Schedule } from './schedule';

/** When runs begin, and what queue each of them works on. */
export function scheduleWords({ schedule, queue }: Plan): string[] {
  if (!schedule) return [];
  const { job, timeZone, ownQueue, startingDeadline } = schedule;
  const zone = timeZone ?? 'the kube-controller-manager, mostly UTC';
  const late = startingDeadline === undefined ? '' : `, at most ${duration(startingDeadline)} late; else it is skipped`;
  return [
    `A run begins ${whenWords(schedule.cron)}, in the time zone ${timeZone === undefined ? 'of ' : ''}${zone}. Its Job is named after the minute for which it was due, counted from 1970: ${job}.`,
    ...(ownQueue
      ? [`Each run has a queue of its own, named after its Job: ${queue}. Runs share nothing but the store.`]
      : []),
    meanwhile(schedule),
    `A run that was missed, as the cluster was down or the CronJob suspended, begins as soon as it can${late}. Of several, only the last one begins.`,
  ];
}

function meanwhile({ whileOneRuns, ownQueue, startingDeadline }: Schedule): string {
  switch (whileOneRuns) {
    case 'Forbid': {
      const late =
        startingDeadline === undefined ? '' : `, unless it is more than ${duration(startingDeadline)} late by then`;
      return `A run that is due while the last one still runs does not begin beside it (Forbid). Once that has ended, it begins${late}.`;
    }
    case 'Replace':
      return 'A run that is due while the last one still runs takes its place (Replace): that Job is deleted, its workers give back what they hold, and its queue stays as it is.';
    case 'Allow':
      return `A run that is due while another one still runs begins beside it (Allow), on ${ownQueue ? 'its own' : 'the same'} queue.`;
  }
}

/** How long the queues and Jobs of runs are kept. */
export function keptRuns({ schedule }: Plan): string[] {
  if (!schedule) return [];
  const { keepRuns, ownQueue, keptComplete, keptFailed } = schedule;
  const queue =
    keepRuns === undefined
      ? []
      : [
          `Once every item of a run is done, its queue is kept for ${duration(keepRuns / 1_000)}, with its results. The queue of a run that failed, or has dead letters, stays until \`rwq purge\`.`,
        ];
  return [
    ...(ownQueue ? queue : []),
    `Kubernetes keeps the Jobs of the last runs: ${countOf(keptComplete, 'Job')} of those that were Complete, and ${countOf(keptFailed, 'Job')} of those that failed.`,
  ];
}

/** What does not go together in a CronJob. */
export function oddSchedule({ schedule, queue, fill }: Plan): string[] {
  if (!schedule) return [];
  const { suspend, startingDeadline, ownQueue, keepRuns } = schedule;
  const said: string[] = [];
  if (suspend)
    said.push('The CronJob is suspended: no run begins until `suspend` is false. Runs that have begun go on.');
  if (startingDeadline !== undefined && startingDeadline < 10) {
    said.push(
      `startingDeadlineSeconds is ${startingDeadline}: Kubernetes looks every 10 s, so a run may never begin. Set 10 or more.`,
    );
  }
  if (!ownQueue) {
    said.push(
      `All runs work on the same queue ${queue}. RedisWorkQueueCronJob gives each run a queue of its own, named after its Job.`,
    );
  } else if (keepRuns === undefined) {
    said.push('Nothing removes the queues of old runs: `rwq purge` does.');
  }
  if (fill?.by === 'pods' && fill.items === undefined) {
    said.push(
      'A pod that replaces a lost one runs the filler again, hours later perhaps. It has to end with 0 where the queue is sealed, as runFiller does.',
    );
  }
  return said;
}

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];
const WORDS: Readonly<Record<string, string>> = {
  '@hourly': '0 * * * *',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@weekly': '0 0 * * 0',
  '@monthly': '0 0 1 * *',
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
};

/** When a schedule is due: `every day at 02:00 (0 2 * * *)`, or the schedule itself where it is less regular. */
export function whenWords(cron: string): string {
  const text = cron.trim();
  const words = regular(WORDS[text] ?? text);
  return words === undefined ? `by the schedule ${text || '(none)'}` : `${words} (${text})`;
}

function regular(cron: string): string | undefined {
  const every = /^@every (\S+)$/.exec(cron)?.[1];
  if (every !== undefined) return `every ${every}`;
  const [minute = '', hour = '', day = '', month = '', weekday = '', ...others] = cron.split(/\s+/);
  if (others.length > 0) return undefined;
  const days = dayWords(day, month, weekday);
  if (days === undefined) return undefined;
  const isEveryDay = days === 'every day';
  const step = /^\*\/(\d+)$/.exec(minute)?.[1];
  if (hour === '*' && isEveryDay) {
    if (minute === '*') return 'every minute';
    if (step !== undefined && 60 % Number(step) === 0) return `every ${countOf(Number(step), 'minute')}`;
    if (isNumber(minute)) return `every hour, at minute ${Number(minute)}`;
  }
  if (!isNumber(minute)) return undefined;
  const hours = /^\*\/(\d+)$/.exec(hour)?.[1];
  if (hours !== undefined && 24 % Number(hours) === 0 && isEveryDay) {
    return `every ${countOf(Number(hours), 'hour')}, at minute ${Number(minute)}`;
  }
  const times = hour.split(',');
  if (!times.every(isNumber)) return undefined;
  return `${days} at ${times.map((each) => `${each.padStart(2, '0')}:${minute.padStart(2, '0')}`).join(' and ')}`;
}

function dayWords(day: string, month: string, weekday: string): string | undefined {
  const any = (field: string) => field === '*' || field === '?';
  if (any(day) && any(month)) {
    if (any(weekday)) return 'every day';
    const [, from = '', to] = /^([0-6])(?:-([0-6]))?$/.exec(weekday) ?? [];
    const first = DAYS[Number(from || Number.NaN)];
    if (first === undefined) return undefined;
    return to === undefined ? `every ${first}` : `from ${first} to ${DAYS[Number(to)]}`;
  }
  if (!any(weekday) || !isNumber(day)) return undefined;
  if (any(month)) return `on day ${Number(day)} of every month`;
  return isNumber(month) ? `every year, on day ${Number(day)} of month ${Number(month)},` : undefined;
}

function isNumber(field: string): boolean {
  return /^\d{1,2}$/.test(field);
}
