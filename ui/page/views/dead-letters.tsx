import { useEffect, useState } from 'preact/hooks';
import type { DeadGroup, DeadGroups, DeadList, QueueView, Selection } from '../../api';
import { pathOf, useAnswer } from '../live';
import type { Question } from '../parts';
import { count, countOf } from '../text';
import { DeadLetter } from './dead-letter';
import type { Questions } from './questions';

interface Asking {
  /** Missing where this page may change nothing. */
  readonly questions: Questions | undefined;
  readonly ask: (question: Question) => void;
}

/** ms between two looks at most, however fast letters come in. */
const PAUSE = 2_000;
const LIMIT = 50;

/** Dead letters, those that failed alike together. */
export function DeadLetters({ queue, questions, ask }: Asking & { readonly queue: QueueView }) {
  const version = useSettled(queue.dead, PAUSE);
  const { value, error } = useAnswer<DeadGroups>(`${pathOf(queue.name)}/dead`, version);
  if (error !== undefined) return <Refused error={error} />;
  if (!value) return <p class="loading">Loading …</p>;
  const { total, groups } = value;
  return (
    <section class="panel" aria-labelledby="dead">
      <header class="panel-head">
        <h2 id="dead">
          {total === 0
            ? 'Dead letters'
            : `${countOf(total, 'dead letter')}, ${countOf(groups.length, 'kind')} of failure`}
        </h2>
        {questions && total > 0 && (
          <Buttons questions={questions} ask={ask} selection={{ all: true }} number={total} of="all" />
        )}
      </header>
      {total === 0 && <p class="empty">No item has used up its attempts.</p>}
      <ul class="groups">
        {groups.map((group) => (
          <Group
            key={`${group.reason} ${group.kind}`}
            queue={queue.name}
            group={group}
            version={version}
            questions={questions}
            ask={ask}
          />
        ))}
      </ul>
    </section>
  );
}

function Group({
  queue,
  group,
  version,
  questions,
  ask,
}: Asking & { readonly queue: string; readonly group: DeadGroup; readonly version: number }) {
  const [isOpen, setOpen] = useState(false);
  const { kind, reason, count: number, ids } = group;
  return (
    <li>
      <div class="group">
        <button type="button" class="disclose" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          <span class="figure">{count(number)} ×</span>
          <span class="kind">{kind}</span>
          <span class="muted">
            {reason} · {idsInWords(ids, number)}
          </span>
        </button>
        {questions && (
          <Buttons questions={questions} ask={ask} selection={{ kind }} number={number} of={`those with ${kind}`} />
        )}
      </div>
      {isOpen && <Letters queue={queue} kind={kind} version={version} questions={questions} ask={ask} />}
    </li>
  );
}

function Letters({
  queue,
  kind,
  version,
  questions,
  ask,
}: Asking & { readonly queue: string; readonly kind: string; readonly version: number }) {
  const query = new URLSearchParams({ kind, limit: String(LIMIT) });
  const { value, error } = useAnswer<DeadList>(`${pathOf(queue)}/dead?${query}`, version);
  if (error !== undefined) return <Refused error={error} />;
  if (!value) return <p class="loading">Loading …</p>;
  return (
    <>
      <ul class="letters">
        {value.letters.map((letter) => (
          <DeadLetter key={letter.id} queue={queue} letter={letter}>
            {questions && (
              <Buttons
                questions={questions}
                ask={ask}
                selection={{ ids: [letter.id] }}
                number={1}
                of={`item ${letter.id}`}
              />
            )}
          </DeadLetter>
        ))}
      </ul>
      {value.more && (
        <p class="more">
          These are the first {count(value.letters.length)}. <code>rwq dead list</code> shows all.
        </p>
      )}
    </>
  );
}

function Buttons({
  questions,
  ask,
  selection,
  number,
  of,
}: {
  readonly questions: Questions;
  readonly ask: (question: Question) => void;
  readonly selection: Selection;
  readonly number: number;
  /** Which ones, for who hears the names of the buttons alone. */
  readonly of: string;
}) {
  const word = (verb: string) => (selection.all ? `${verb} all` : verb);
  return (
    <div class="buttons">
      <button type="button" aria-label={`Retry ${of}`} onClick={() => ask(questions.retry(selection, number))}>
        {word('Retry')}
      </button>
      <button
        type="button"
        class="danger"
        aria-label={`Drop ${of}`}
        onClick={() => ask(questions.drop(selection, number))}
      >
        {word('Drop')}
      </button>
    </div>
  );
}

function Refused({ error }: { readonly error: string }) {
  return (
    <p class="error" role="alert">
      {error}
    </p>
  );
}

function idsInWords(ids: readonly number[], number: number): string {
  const rest = number > ids.length ? ' …' : '';
  return `${number === 1 ? 'item' : 'items'} ${[...ids].sort((a, b) => a - b).join(', ')}${rest}`;
}

/** The value, which follows at most so often. */
function useSettled(value: number, pause: number): number {
  const [settled, setSettled] = useState(value);
  const [isOpen, setOpen] = useState(true);
  useEffect(() => {
    if (value === settled || !isOpen) return;
    setSettled(value);
    setOpen(false);
  }, [value, settled, isOpen]);
  useEffect(() => {
    if (isOpen) return;
    const timer = setTimeout(() => setOpen(true), pause);
    return () => clearTimeout(timer);
  }, [isOpen, pause]);
  return settled;
}
