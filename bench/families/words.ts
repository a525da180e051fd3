import { type Drained, type DrainPlan, drainOnce, medians } from '../harness/drain-run';
import type { Family } from '../harness/family';
import { short, times } from '../harness/report';

/** What the words of handlers cost, beside an item without any. */
export const words: Family = {
  name: 'words',
  about: 'what follow-up items, keys, batches and a rate cost, beside items without them',
  withPeers: false,
  async run({ store, quick, runs, say }) {
    const plan = (word: string): DrainPlan => ({
      items: quick ? 1_010 : 202_000,
      concurrency: 64,
      // A rate that is never reached: what counting costs.
      env: { BENCH_WORD: word, ...(word === 'rate' && { WORK_QUEUE_RATE: '100000000/1000' }) },
    });
    const names = ['plain', 'batch', 'rate', 'filled', 'added', 'filled by key', 'added by key'];
    const all = new Map<string, Drained[]>();
    for (let run = 1; run <= runs; run++) {
      for (const word of names) {
        const filled = word.startsWith('filled') || word.startsWith('added');
        const drained = await drainOnce(store, 'words', { ...plan(word), fillsItself: filled });
        say(`${word}, run ${run}: ${Math.round(drained.perSecond)} items a second`);
        all.set(word, [...(all.get(word) ?? []), drained]);
      }
    }
    const found = new Map([...all].map(([word, each]) => [word, medians(each)]));
    const cpu = (word: string) => {
      const { redisMicros = 0, nodeMicros = 0 } = found.get(word) ?? {};
      return redisMicros + nodeMicros;
    };
    const beside = (word: string, other: string, figure: string) => ({
      figure,
      ours: `${short(cpu(word))} µs`,
      peers: `${short(cpu(other))} µs filled`,
      ratio: times(cpu(word) / cpu(other)),
      target: '≤ 1.5 ×',
      reached: cpu(word) / cpu(other) <= 1.5,
    });
    return {
      figures: [
        beside('added', 'filled', 'CPU of an item that another one added, and its own'),
        beside('added by key', 'filled by key', 'the same with a key each'),
      ],
      details: [
        {
          title: 'What the words of handlers cost, one worker at concurrency 64',
          head: ['', 'items/s', 'Redis CPU an item', 'Node CPU an item', 'commands an item'],
          rows: [...found].map(([word, { perSecond, redisMicros, nodeMicros, commands }]) => [
            NAMES[word] ?? word,
            short(perSecond),
            `${short(redisMicros)} µs`,
            `${short(nodeMicros)} µs`,
            short(commands),
          ]),
          note: 'The upper rows drain what is there. The others begin with the fill, which is part of their figures: of all items, or of one in 101, each of which adds a hundred.',
        },
      ],
    };
  },
};

const NAMES: { readonly [word: string]: string } = {
  plain: 'no word',
  batch: 'batches of 100',
  rate: 'a rate that is never reached',
};
