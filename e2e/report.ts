import { type Colours, table } from '../cli/screen';

export type Verdict =
  | { readonly kind: 'ok' }
  | { readonly kind: 'failed'; readonly why: string }
  | { readonly kind: 'skipped'; readonly why: string };

/** What became of one scenario. */
export interface Outcome {
  readonly scenario: string;
  /** Items that ended as they should, and of how many. */
  readonly items?: { readonly ended: number; readonly expected: number };
  /** Pods that were killed, evicted or deleted while there was work left. */
  readonly lost: readonly string[];
  readonly seconds: number;
  readonly verdict: Verdict;
}

export function reportOf(outcomes: readonly Outcome[], colours: Colours): string {
  const rows = outcomes.map(({ scenario, items, lost, seconds, verdict }) => [
    scenario,
    items ? `${items.ended}/${items.expected}` : '',
    verdict.kind === 'skipped' ? '' : lost.length > 0 ? `${lost.length} (${lost.join(', ')})` : '0',
    verdict.kind === 'skipped' ? '' : seconds.toFixed(0),
    verdict.kind === 'ok' ? 'ok' : `${verdict.kind}: ${verdict.why}`,
  ]);
  const [head = '', ...lines] = table([['scenario', 'items', 'pods lost', 'seconds', 'verdict'], ...rows]).split('\n');
  const paint = { ok: colours.green, failed: colours.red, skipped: colours.dim };
  return [colours.bold(head), ...lines.map((line, i) => paint[outcomes[i]!.verdict.kind](line))].join('\n');
}
