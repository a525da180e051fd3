import { useState } from 'preact/hooks';

/** A payload on one line; the whole of what came when it is asked for. */
export function Payload({ text, binary = false }: { readonly text: string; readonly binary?: boolean }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <button
      type="button"
      class={isOpen ? 'payload open' : 'payload'}
      aria-expanded={isOpen}
      title={isOpen ? undefined : 'Show more of it'}
      onClick={() => setOpen(!isOpen)}
    >
      {binary && <span class="tag">hex</span>}
      {text === '' ? <em>empty</em> : text}
    </button>
  );
}
