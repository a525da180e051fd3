import { useEffect, useRef, useState } from 'preact/hooks';

/** What is asked before a queue is changed. */
export interface Question {
  readonly title: string;
  readonly text: string;
  /** On the button that does it. */
  readonly verb: string;
  /** It cannot be taken back. @default false */
  readonly isFinal?: boolean;
  /** @returns what has changed, in a sentence */
  readonly act: () => Promise<string>;
}

/** Asks; Escape and the first button leave all as it is. */
export function Confirm({
  question,
  onClose,
}: {
  readonly question: Question;
  readonly onClose: (done?: string) => void;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [state, setState] = useState<{ readonly isBusy: boolean; readonly error?: string }>({ isBusy: false });
  const { title, text, verb, isFinal = false, act } = question;
  useEffect(() => dialog.current!.showModal(), []);
  const confirm = async () => {
    setState({ isBusy: true });
    try {
      onClose(await act());
    } catch (error) {
      setState({ isBusy: false, error: (error as Error).message });
    }
  };
  return (
    <dialog ref={dialog} aria-labelledby="question" aria-describedby="consequence" onClose={() => onClose()}>
      <h2 id="question">{title}</h2>
      <p id="consequence">{text}</p>
      {state.error && (
        <p class="error" role="alert">
          {state.error}
        </p>
      )}
      <div class="buttons">
        <button type="button" autofocus={isFinal} onClick={() => dialog.current!.close()}>
          Go back
        </button>
        <button
          type="button"
          class={isFinal ? 'primary danger' : 'primary'}
          autofocus={!isFinal}
          disabled={state.isBusy}
          onClick={confirm}
        >
          {verb}
        </button>
      </div>
    </dialog>
  );
}
