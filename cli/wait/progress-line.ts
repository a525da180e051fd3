import type { QueueStatus } from 'cdk8s-redis-work-queue/worker';
import { oneLine } from '../../worker/log';
import { ended, progressOf, total } from '../queue';
import type { Colours } from '../screen';
import { count, countOf, duration, type LiveText, perSecond, progressBar } from '../text';

/** From so many columns on there is a bar, which takes a quarter of them, up to so many. */
const WIDE = 60;
const LONGEST_BAR = 30;

/** A part of a line, with its place among what is left out where there is no room, from 1 on; 0: it stays. */
type Part = readonly [text: string, leftOut: number];

/** Places of the rate, which is left out first, and of the name of the queue. */
const RATE = 1;
const NAME = 2;

function partsOf(status: QueueStatus, rate: number): Part[] {
  const all = total(status);
  const has = ended(status);
  const { timeLeft } = progressOf(status, rate);
  const { dead, workerCount, sealed, paused } = status;
  const parts: (Part | false)[] = [
    [`${all > 0 ? Math.floor((100 * has) / all) : 100} %`, 0],
    [`${count(has)} of ${count(all)}`, 3],
    [perSecond(rate), RATE],
    timeLeft !== null && timeLeft > 0 && [`${duration(timeLeft)} left`, 0],
    dead > 0 && [countOf(dead, 'dead letter'), 5],
    !sealed && ['not sealed', 4],
    paused && ['paused', 0],
    workerCount === 0 && ['no worker', 0],
  ];
  return parts.filter((part) => part !== false);
}

/** How far a queue is, in words. */
export function progressWords(status: QueueStatus, rate: number): string {
  return partsOf(status, rate)
    .map(([text]) => text)
    .join(', ');
}

/** The same on one line of a terminal, with a bar where it is wide enough; what matters least is left out for lack of room. */
export function progressLine(
  queue: string,
  status: QueueStatus,
  rate: number,
  { columns, cut, widthOf }: Pick<LiveText, 'columns' | 'cut' | 'widthOf'>,
  { green }: Pick<Colours, 'green'>,
): string {
  const all = total(status);
  const bar =
    columns >= WIDE && all > 0
      ? `${progressBar(ended(status) / all, Math.min(LONGEST_BAR, Math.floor(columns / 4)))}  `
      : '';
  // The last column stays free: some terminals break the line there.
  const room = columns - 1 - widthOf(bar);
  const parts = partsOf(status, rate);
  const without = (places: number) => {
    const words = parts.flatMap(([text, leftOut]) => (leftOut > 0 && leftOut <= places ? [] : text)).join(', ');
    return places < NAME ? `${oneLine(queue)}: ${words}` : words;
  };
  const places = Math.max(NAME, ...parts.map(([, leftOut]) => leftOut));
  let words = without(0);
  for (let left = 1; widthOf(words) > room && left <= places; left++) words = without(left);
  return green(bar) + cut(words, room);
}
