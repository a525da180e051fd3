/**
 * The last part of docs/protocol.md: every script in full, in the pieces that it is put together from.
 *
 * `npm run docs` writes it; a test holds the page against the scripts.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SCRIPTS as ALL } from '../../worker/scripts';
import { ABANDON } from '../../worker/scripts/abandon';
import { CANCEL } from '../../worker/scripts/cancel';
import { CLAIM } from '../../worker/scripts/claim';
import { DEAD_LETTERS } from '../../worker/scripts/dead';
import { DRAINED, DRAINED_KEYS } from '../../worker/scripts/drained';
import { ENTER } from '../../worker/scripts/enter';
import { EXCHANGE } from '../../worker/scripts/exchange';
import { FILL } from '../../worker/scripts/fill';
import { FINALIZER } from '../../worker/scripts/finalizer';
import { GATE, GATE_KEYS } from '../../worker/scripts/gate';
import { HOLDINGS } from '../../worker/scripts/holdings';
import { KEEP } from '../../worker/scripts/keep';
import { NAMED_KEYS } from '../../worker/scripts/keys';
import { OLDER_BATCH } from '../../worker/scripts/older-batch';
import { OUTCOMES } from '../../worker/scripts/outcomes';
import { PACE } from '../../worker/scripts/pace';
import { PURGE } from '../../worker/scripts/purge';
import { RENEW } from '../../worker/scripts/renew';
import { RING } from '../../worker/scripts/ring';
import { SEAL } from '../../worker/scripts/seal';
import { BEFORE_WRITES, FIRST_WRITE, ROOM } from '../../worker/scripts/state';
import { VERDICT } from '../../worker/scripts/verdict';

const PAGE = join(__dirname, '..', 'protocol.md');
const HEADING = '## The scripts, in full\n';

const PIECES = {
  keys: NAMED_KEYS,
  state: BEFORE_WRITES.slice(NAMED_KEYS.length),
  room: ROOM,
  'first write': FIRST_WRITE,
  holdings: HOLDINGS,
  pace: PACE,
  outcomes: OUTCOMES,
  claim: CLAIM,
  finalizer: FINALIZER,
  'older batch': OLDER_BATCH,
  verdict: VERDICT,
};
/** Scripts that the runtime does not run. */
const OF_INIT_CONTAINERS: Readonly<Record<string, readonly string[]>> = { gate: GATE_KEYS, drained: DRAINED_KEYS };
const SCRIPTS = {
  enter: ENTER,
  exchange: EXCHANGE,
  renew: RENEW,
  abandon: ABANDON,
  dead: DEAD_LETTERS,
  fill: FILL,
  seal: SEAL,
  gate: GATE,
  drained: DRAINED,
  ring: RING,
  cancel: CANCEL,
  keep: KEEP,
  purge: PURGE,
};

/** How a script is put together. */
interface Recipe {
  readonly name: string;
  readonly keys: readonly string[];
  /** Names of the pieces before what is its own. */
  readonly pieces: readonly string[];
  readonly itself: string;
}

/** The pieces that several scripts share, and each script. */
export function scriptsInPieces(): { readonly pieces: Readonly<Record<string, string>>; readonly recipes: Recipe[] } {
  const recipes = Object.entries(SCRIPTS).map(([name, lua]) => {
    const pieces: string[] = [];
    let itself: string = lua;
    for (const [piece, text] of Object.entries(PIECES)) {
      if (!itself.startsWith(text)) continue;
      pieces.push(piece);
      itself = itself.slice(text.length);
    }
    const keys = OF_INIT_CONTAINERS[name] ?? ALL[name as keyof typeof ALL].keys;
    return { name, keys, pieces, itself };
  });
  return { pieces: PIECES, recipes };
}

/** The page as it should be. */
export function protocolPage(): string {
  const scripts = scriptsInPieces();
  const blocks = Object.entries(scripts.pieces).map(([name, lua]) => block(name, lua));
  blocks.push(...scripts.recipes.map(({ name, itself }) => block(`${name} itself`, itself)));
  const recipes = scripts.recipes.map(({ name, keys, pieces }) => {
    const parts = [...pieces, `${name} itself`].map((part) => `\`${part}\``);
    return `| ${name} | ${keys.join(', ')} | ${parts.join(' + ')} |`;
  });
  const text = readFileSync(PAGE, 'utf8');
  const end = text.indexOf(HEADING);
  return `${end === -1 ? `${text.trimEnd()}\n\n` : text.slice(0, end)}${HEADING}
Each script takes these keys, in this order, and is put together from these pieces, with nothing between them:

| script | keys | is |
|---|---|---|
${recipes.join('\n')}

${blocks.join('\n\n')}
`;
}

function block(name: string, lua: string): string {
  return `### \`${name}\`\n\n\`\`\`lua${lua.trimEnd()}\n\`\`\``;
}

if (require.main === module) writeFileSync(PAGE, protocolPage());
