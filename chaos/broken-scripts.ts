/**
 * Breaks the scripts of a process on purpose, before it runs: the worker imports it, and `node --require` takes it into the
 * process of the incarnations. The lease thread, which loads nothing of the user's, keeps its scripts whole. What is replaced
 * must be there, so that a change of the scripts does not leave them whole unnoticed.
 */
import { createHash } from 'node:crypto';
import { SCRIPTS } from '../worker/scripts';

type ScriptName = keyof typeof SCRIPTS;
type Replacement = readonly [scripts: readonly ScriptName[], from: string, to: string];

// The copy of a claim; the end of its line tells it from the inverse of another step.
const COPY = `inCalls('RPUSH', worker.held, payloads)`;
const FAILING_STEP = `if call('INCR', key('chaos', '')) % 25 == 0 then error({err = 'OOM this step fails'}) end`;

/** Breaks no script: the filler of the run believes what Redis says, and never looks at what stayed. */
export const CARELESS_FILL = 'fill without a second look';

/** Breaks no script: each move of the slot loses a key on the way. */
export const LOSSY_MOVE = 'slot move that loses a key';

/** Breaks no script: the Job is Complete when any worker has ended with 0, also one that left the last items to others. */
export const ANY_COMPLETES = 'Job that any worker completes';

/** Breaks no script: where an item fails in a call with others, the handler does not say so. */
export const LAX_BATCH = 'batch that settles what failed';

/** Ways to break them; the checker must notice each. */
export const BREAKS: Readonly<Record<string, readonly Replacement[]>> = {
  /** Whoever says that items are done is believed, also when they were taken from it long ago. */
  'completion without ownership check': [
    [
      ['exchange'],
      `if not worker then return {'stale'} end`,
      `if not worker then
  if advance > 0 then call('HINCRBY', META, 'done', advance) end
  return {'stale'}
end`,
    ],
  ],
  /** One step takes the items off the list, and only the worker's next exchange writes down who has them. */
  'claim in two steps': [
    [['exchange'], `${COPY}\n`, `inCalls('RPUSH', worker.held .. ':popped', payloads)\n`],
    [
      ['exchange'],
      `worker.segments, worker.count = segments, count\n`,
      `worker.segments, worker.count = segments, count
  if incarnation == ARGV[1] then
    for _, payload in ipairs(call('LRANGE', worker.held .. ':popped', 0, -1)) do call('RPUSH', worker.held, payload) end
    call('DEL', worker.held .. ':popped')
  end
`,
    ],
  ],
  /** Items leave the list before they stand anywhere else, and the step in between fails now and then. */
  'removal before the copy': [
    [['exchange'], `${COPY}\n`, `if fresh > 0 then call('LTRIM', LIST, fresh, -1) end\n  ${FAILING_STEP}\n  ${COPY}\n`],
    [
      ['exchange'],
      `if fresh > 0 then\n    call('LTRIM', LIST, fresh, -1)`,
      `if false then\n    call('LTRIM', LIST, fresh, -1)`,
    ],
  ],
  /** Redis' clock is believed, wherever it jumps to. */
  'clock without limits': [
    [['enter', 'exchange', 'renew', 'abandon'], 'if passed >= 0 and passed <= meta.gap then', 'if true then'],
  ],
  /** Whoever takes back the items of a worker that was told to stop charges them all the same. */
  'charge though told to stop': [[['exchange'], 'worker.leaving and giveBack or chargeCrash', 'chargeCrash']],
  /** An exchange after a roll-back is taken for the next one, whatever the last answer was. */
  'answers without names': [
    [
      ['exchange'],
      'local follows = number == worker.exchange + 1 and ARGV[10] == worker.answer',
      'local follows = true',
    ],
  ],
  /** Where a crashed worker held several items, the last of them is in no place afterwards. */
  'recovery that forgets one': [
    [
      ['exchange'],
      'park(RETRIES, again[1], again[2], again[3])',
      `if #again[1] > 1 then for _, part in ipairs(again) do part[#part] = nil end end
  park(RETRIES, again[1], again[2], again[3])`,
    ],
  ],
  /** The last of several items that one adds is nowhere. */
  'add that loses one': [
    [
      ['exchange'],
      `inCalls('RPUSH', LIST, back)`,
      `if #back > 1 then back[#back] = nil end\n  inCalls('RPUSH', LIST, back)`,
    ],
  ],
  /** The first of the items that one adds is there twice. */
  'add that doubles one': [
    [['exchange'], `inCalls('RPUSH', LIST, back)`, `back[#back + 1] = back[1]\n  inCalls('RPUSH', LIST, back)`],
  ],
  /** The finalizer is handed out while others hold the last items. */
  'finalizer that does not wait': [
    [
      ['exchange'],
      `if call('ZCARD', LEASES) > 0 then return whileOthersHold(spare) end`,
      `if call('ZCARD', LEASES) > 0 then
    if worker.finally and wants and meta.sealed and not meta.finalizer then return 'finalizer' end
    return whileOthersHold(spare)
  end`,
    ],
  ],
  [CARELESS_FILL]: [],
  [LOSSY_MOVE]: [],
  [ANY_COMPLETES]: [],
  [LAX_BATCH]: [],
  /** The same failing step, and the order left as it is: this loses nothing. */
  'failing step': [[['exchange'], `${COPY}\n`, `${FAILING_STEP}\n  ${COPY}\n`]],
};

/** @throws where a script has not exactly one place to replace */
function breakScripts(name: string): void {
  const replacements = BREAKS[name];
  if (!replacements)
    throw new Error(`no break is called ${JSON.stringify(name)}; there are: ${Object.keys(BREAKS).join(', ')}`);
  for (const [scripts, from, to] of replacements) {
    for (const script of scripts) {
      const target = SCRIPTS[script] as { lua: string; sha1: string };
      const places = target.lua.split(from);
      if (places.length !== 2) {
        throw new Error(`the script ${script} has ${places.length - 1} places to break, not 1: ${from}`);
      }
      target.lua = places.join(to);
      target.sha1 = createHash('sha1').update(target.lua).digest('hex');
    }
  }
}

if (process.env.CHAOS_BREAK) breakScripts(process.env.CHAOS_BREAK);
