import type { QueueView } from '../../api';
import { ProgressBar, type Question, StateBadge } from '../parts';
import { hashOf, type Route, TABS, type Tab } from '../route';
import { count, duration, ended, isOver, known, left, percent, perSecond, STATES } from '../text';
import { DeadLetters } from './dead-letters';
import { Items } from './items';
import { Overview } from './overview';
import { questionsOf } from './questions';

interface Props {
  readonly queue: QueueView;
  readonly tab: Tab;
  readonly isWritable: boolean;
  readonly ask: (question: Question) => void;
}

/** One queue: where it stands, and behind tabs what is in it. */
export function Queue({ queue, tab, isWritable, ask }: Props) {
  const questions = questionsOf(queue);
  return (
    <>
      <header class="queue-head">
        <h1>{queue.name}</h1>
        <StateBadge state={queue.state} />
        {isWritable && !isOver(queue) && (
          <div class="buttons">
            {queue.paused ? (
              <button type="button" onClick={() => ask(questions.resume)}>
                Resume
              </button>
            ) : (
              <button type="button" onClick={() => ask(questions.pause)}>
                Pause
              </button>
            )}
            <button type="button" class="danger" onClick={() => ask(questions.cancel)}>
              Cancel
            </button>
          </div>
        )}
      </header>
      <Headline queue={queue} />
      <ProgressBar queue={queue} label={`Progress of ${queue.name}`} />
      <Counts queue={queue} />
      <Tabs route={{ queue: queue.name, tab }} dead={queue.dead} />
      {tab === 'overview' && <Overview queue={queue} />}
      {tab === 'items' && <Items queue={queue} />}
      {tab === 'dead' && <DeadLetters queue={queue} questions={isWritable ? questions : undefined} ask={ask} />}
    </>
  );
}

function Headline({ queue }: { readonly queue: QueueView }) {
  const all = known(queue);
  return (
    <p class="headline">
      <strong>{percent(ended(queue), all)}</strong>
      <span class="pace">{paceOf(queue)}</span>
      <span class="share">
        {count(ended(queue))} of {count(all)} {queue.sealed ? 'items' : 'items so far'}
      </span>
    </p>
  );
}

function paceOf(queue: QueueView): string {
  if (queue.state === 'running' && left(queue) > 0) {
    const time = queue.timeLeft === null ? 'time left unknown' : `${duration(Math.ceil(queue.timeLeft))} left`;
    return `${perSecond(queue.rate)} · ${time}`;
  }
  const { means } = STATES[queue.state];
  return `${means[0]!.toUpperCase()}${means.slice(1)}`;
}

function Counts({ queue }: { readonly queue: QueueView }) {
  const { waiting, running, retrying, done, dropped, dead } = queue;
  const counts = { Waiting: waiting, Running: running, Retrying: retrying, Done: done, Dropped: dropped, Dead: dead };
  return (
    <dl class="counts">
      {Object.entries(counts).map(([name, value]) => (
        <div key={name} class={`count-${name.toLowerCase()}`}>
          <dt>{name}</dt>
          <dd class={name === 'Dead' && value > 0 ? 'bad' : undefined}>{count(value)}</dd>
        </div>
      ))}
    </dl>
  );
}

const TAB_NAMES: Readonly<Record<Tab, string>> = { overview: 'Overview', items: 'Items', dead: 'Dead letters' };

function Tabs({ route, dead }: { readonly route: Route; readonly dead: number }) {
  return (
    <nav class="tabs" aria-label="Parts of this queue">
      {TABS.map((tab) => (
        <a key={tab} href={hashOf({ ...route, tab })} aria-current={tab === route.tab ? 'page' : undefined}>
          {TAB_NAMES[tab]}
          {tab === 'dead' && dead > 0 && <span class="tag bad">{count(dead)}</span>}
        </a>
      ))}
    </nav>
  );
}
