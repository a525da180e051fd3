import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { DeadLetterRow, DeadLetterView } from '../../api';
import { pathOf, useAnswer } from '../live';
import { bytes, countOf, duration, moment } from '../text';

/** One dead letter: a line, and all that is known of it behind that. */
export function DeadLetter({
  queue,
  letter,
  children,
}: {
  readonly queue: string;
  readonly letter: DeadLetterRow;
  /** What can be done with it. */
  readonly children: ComponentChildren;
}) {
  const [isOpen, setOpen] = useState(false);
  return (
    <li>
      <button type="button" class="disclose" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        <span class="figure">#{letter.id}</span>
        <code>{letter.text}</code>
        <span class="muted">
          {moment(letter.at)} · {countOf(letter.attempts, 'attempt')}
        </span>
      </button>
      {isOpen && (
        <div class="letter">
          <Whole queue={queue} id={letter.id} />
          {children}
        </div>
      )}
    </li>
  );
}

function Whole({ queue, id }: { readonly queue: string; readonly id: number }) {
  const { value, error } = useAnswer<DeadLetterView>(`${pathOf(queue)}/dead/${id}`);
  if (error !== undefined) {
    return (
      <p class="error" role="alert">
        {error}
      </p>
    );
  }
  if (!value) return <p class="loading">Loading …</p>;
  const { worker, duration: took, stack, text, binary } = value;
  return (
    <>
      <h3>Error</h3>
      <pre>{stack ? `${value.error}\n${stack.replace(/^(?=at )/gm, '    ')}` : value.error}</pre>
      <p class="muted">
        Attempt {value.attempts}
        {worker && ` by ${worker}`}, {moment(value.at)}
        {typeof took === 'number' && `, after ${duration(took / 1_000)}`}
      </p>
      {value.history.length > 0 && <Attempts letter={value} />}
      <h3>
        Payload{' '}
        <span class="muted">
          {bytes(value.bytes)}
          {binary && ', hexadecimal'}
        </span>
      </h3>
      <pre>{text}</pre>
    </>
  );
}

function Attempts({ letter }: { readonly letter: DeadLetterView }) {
  return (
    <>
      <h3 id={`attempts-${letter.id}`}>Attempts before</h3>
      <table aria-labelledby={`attempts-${letter.id}`}>
        <thead>
          <tr>
            <th scope="col" class="number">
              Attempt
            </th>
            <th scope="col">At</th>
            <th scope="col">Error</th>
            <th scope="col" class="wide">
              Worker
            </th>
            <th scope="col" class="number wide">
              Took
            </th>
          </tr>
        </thead>
        <tbody>
          {letter.history.map(({ attempt, at, error, worker, duration: took }) => (
            <tr key={attempt}>
              <td class="number">{attempt}</td>
              <td>{moment(at)}</td>
              <td class="wrap">{error}</td>
              <td class="wide cut">{worker ?? '–'}</td>
              <td class="number wide">{typeof took === 'number' ? duration(took / 1_000) : '–'}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}
