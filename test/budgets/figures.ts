import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Exact numbers of what the package weighs, by what they are. */
export type Figures = Readonly<Record<string, number>>;

/** Bytes move with each change of a word; what adds up counts. */
const TOLERANCE = 0.01;

/** Names of figures that are bytes begin so; all others are counts, of which each one tells. */
const BYTES = /^bytes /;

/** Where the accepted figures stand; `npm run budgets` writes it. */
export const TABLE = join(__dirname, 'budgets.json');

export function acceptedFigures(): Figures {
  return JSON.parse(readFileSync(TABLE, 'utf8'));
}

/** What differs from the figures that were accepted, a line each: `name: old → new`. */
export function differences(accepted: Figures, measured: Figures): string[] {
  const names = [...new Set([...Object.keys(accepted), ...Object.keys(measured)])];
  return names.flatMap((name) => {
    const [old, now] = [accepted[name], measured[name]];
    if (old === undefined) return [`${name}: no figure → ${written(now!)}`];
    if (now === undefined) return [`${name}: ${written(old)} → no figure`];
    const allowed = BYTES.test(name) ? old * TOLERANCE : 0;
    if (Math.abs(now - old) <= allowed) return [];
    const more = now > old ? '+' : '−';
    const share = BYTES.test(name) ? `, ${more}${((Math.abs(now - old) / old) * 100).toFixed(1)} %` : '';
    return [`${name}: ${written(old)} → ${written(now)} (${more}${written(Math.abs(now - old))}${share})`];
  });
}

const written = (figure: number) => figure.toLocaleString('en');
