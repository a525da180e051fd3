import type { LogFields } from '../log';
import { count, countOf, duration, perSecond } from '../quantities';
import type { Told } from '../redis';

/** How far the queue is, as one of its workers says it once a minute; undefined where nothing is left, and nothing was done. */
export function progressReport({
  ms,
  ended,
  all,
  left,
  total,
  dead,
}: Told): { readonly line: string; readonly fields: LogFields } | undefined {
  if (left === 0 && ended === 0) return undefined;
  const rate = (ended * 1_000) / ms;
  const isKnown = total !== undefined && total > 0;
  const timeLeft = isKnown && rate > 0 ? left / rate : undefined;
  const percent = isKnown ? Math.min(100, Math.floor((100 * all) / total)) : undefined;
  const words = [
    percent === undefined ? `${count(all)} done` : `${percent} %`,
    perSecond(rate),
    ...(timeLeft === undefined ? [`${countOf(left, 'item')} left`] : [`${roughly(timeLeft)} left`]),
    ...(dead > 0 ? [countOf(dead, 'dead letter')] : []),
  ];
  const rounded = (value: number) => Number(value.toPrecision(4));
  return {
    line: words.join(', '),
    fields: {
      ...(percent !== undefined && { percent }),
      rate: rounded(rate),
      ...(timeLeft !== undefined && { timeLeft: rounded(timeLeft) }),
      ...{ ended: all, left, dead },
    },
  };
}

/** From two minutes on, seconds say nothing. */
function roughly(seconds: number): string {
  return duration(seconds < 120 ? seconds : Math.round(seconds / 60) * 60);
}
