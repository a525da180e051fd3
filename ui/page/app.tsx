import { useEffect, useRef, useState } from 'preact/hooks';
import { type Live, useLive } from './live';
import { Confirm, type Question } from './parts';
import { type Route, useRoute } from './route';
import { clock, STATES } from './text';
import { Queue, Queues } from './views';

/** ms for which is said what was done. */
const SAID = 8_000;

export function App() {
  const route = useRoute();
  const live = useLive(route.queue);
  const [question, setQuestion] = useState<Question>();
  const [said, say] = useSaid();
  useTitle(route);
  return (
    <>
      <button type="button" class="skip" onClick={toMain}>
        Skip to the content
      </button>
      <header class="top">
        <nav aria-label="Where you are">
          <a href="#/" aria-current={route.queue === undefined ? 'page' : undefined}>
            Queues
          </a>
          {route.queue !== undefined && (
            <>
              <span aria-hidden="true">/</span>
              <span class="here">{route.queue}</span>
            </>
          )}
        </nav>
        <span class="store">
          {live.list && (
            <>
              <span class="address">{live.list.store}</span>
              <span class="tag" title={live.list.writable ? undefined : 'rwq ui --write can retry, drop and pause'}>
                {live.list.writable ? 'read-write' : 'read-only'}
              </span>
            </>
          )}
        </span>
      </header>
      <main id="main" tabIndex={-1}>
        <View route={route} live={live} ask={setQuestion} />
      </main>
      <Toasts live={live} said={said} />
      {question && (
        <Confirm
          question={question}
          onClose={(done) => {
            setQuestion(undefined);
            if (done !== undefined) say(done);
          }}
        />
      )}
    </>
  );
}

function View({
  route: { queue: name, tab },
  live: { list, queue },
  ask,
}: {
  readonly route: Route;
  readonly live: Live;
  readonly ask: (question: Question) => void;
}) {
  if (!list) return <p class="loading">Loading …</p>;
  if (name === undefined) return <Queues list={list} />;
  // Of another name than the one before, nothing is left: neither what was typed nor what was opened.
  if (queue) return <Queue key={name} queue={queue} tab={tab} isWritable={list.writable} ask={ask} />;
  if (list.queues.some((row) => row.name === name)) return <p class="loading">Loading …</p>;
  return (
    <p class="empty">
      There is no queue {name} on {list.store}. <a href="#/">All queues</a>
    </p>
  );
}

/** What is read aloud, and seen below all else, so that nothing moves for it: what was done, an end, Redis that is away. */
function Toasts({ live: { list, queue, away }, said }: { readonly live: Live; readonly said: string | undefined }) {
  return (
    <>
      <div class="toasts" role="status">
        {said !== undefined && <p class="toast">{said}</p>}
        {away && (
          <p class="toast toast-bad">
            {away.error} {list && `What is shown is of ${clock(away.since)}.`}
          </p>
        )}
      </div>
      <div class="hidden" role="status">
        {queue && `${queue.name}: ${STATES[queue.state].word}`}
      </div>
    </>
  );
}

function useSaid(): [string | undefined, (text: string) => void] {
  const [said, setSaid] = useState<string>();
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const say = (text: string) => {
    clearTimeout(timer.current);
    setSaid(text);
    timer.current = setTimeout(() => setSaid(undefined), SAID);
  };
  return [said, say];
}

/** Says which queue is shown; the link that led there is gone, so whoever reads on by keyboard does it from the top. */
function useTitle({ queue }: Route): void {
  const isFirst = useRef(true);
  useEffect(() => {
    document.title = queue === undefined ? 'Queues' : `${queue} · Queues`;
    if (!isFirst.current) toMain();
    isFirst.current = false;
  }, [queue]);
}

function toMain(): void {
  document.getElementById('main')!.focus();
}
