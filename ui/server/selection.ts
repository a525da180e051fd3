import { Refusal } from './refusal';

/** Which dead letters are meant. */
export type Selected = { readonly ids: readonly number[] } | { readonly kind: string } | { readonly all: true };

const MOST = 1_000;

/** @throws Refusal the body names none, or in two ways */
export function selectedBy(body: Readonly<Record<string, unknown>>): Selected {
  const fields = Object.keys(body);
  const { ids, kind, all } = body;
  if (fields.length === 1) {
    if (all === true) return { all };
    if (typeof kind === 'string') return { kind };
    if (Array.isArray(ids) && ids.length > 0 && ids.length <= MOST && ids.every(isId)) return { ids };
  }
  throw new Refusal(
    400,
    `Which dead letters? The body is ${JSON.stringify(body).slice(0, 100)}; allowed is one of {"ids": [3, 17]} with at most ${MOST} of them, {"kind": "…"} and {"all": true}.`,
  );
}

/** @throws Refusal the body says something */
export function expectNothing(body: Readonly<Record<string, unknown>>): void {
  if (Object.keys(body).length === 0) return;
  throw new Refusal(400, `The body is ${JSON.stringify(body).slice(0, 100)}; allowed is {}.`);
}

function isId(id: unknown): id is number {
  return Number.isSafeInteger(id) && (id as number) >= 1;
}
