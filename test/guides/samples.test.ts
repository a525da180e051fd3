import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readManifests } from '../../local/cluster';
import { useQueue } from '../queue-under-test';
import { type Outcome, Project } from './project';
import { PAGES, type Sample, samplesOf } from './samples';
import { startWebSite, type WebSite } from './web-site';

// The samples of README and of every guide, as a reader pastes them: each is whole, compiles, and runs.

const ROOT = join(__dirname, '../..');

/** The languages of blocks, and what holds them to the truth. */
const LANGUAGES: Record<string, string> = {
  ts: 'this file',
  console: 'commands.test.ts',
  yaml: 'readme.test.ts, which synthesizes by it',
  python:
    'clients/python/tests/test_docs.py, which checks its types; test/agent/workers-of-docs.test.ts, which runs that of the agent',
  bash: 'test/agent/workers-of-docs.test.ts, which runs it',
  go: 'nothing: Go is not there',
  sql: 'effects.test.ts, which runs it',
  lua: 'docs.test.ts, which holds it against the scripts that run',
  json: 'this file, which parses it',
  mermaid: 'nothing: a drawing',
  dockerfile: 'nothing here: it needs a container engine',
  text: 'nothing: output, or a line to fit in',
};

test.each(PAGES)('every block of %s is of a kind that is tested, or known not to be', (page) => {
  expect(samplesOf(page).filter(({ language }) => !(language in LANGUAGES))).toEqual([]);
});

test.each(PAGES)('no block of %s hides another: fences are closed', (page) => {
  const fences = readFileSync(join(ROOT, page), 'utf8').match(/^ *```/gm) ?? [];
  expect(fences).toHaveLength(2 * samplesOf(page).length);
});

test.each(PAGES)('the JSON of %s can be parsed', (page) => {
  for (const { language, code } of samplesOf(page)) if (language === 'json') JSON.parse(code);
});

const typescript = PAGES.flatMap((page) =>
  samplesOf(page)
    .filter(({ language }) => language === 'ts')
    .map((sample) => ({ page, ...sample })),
);

let project: Project;
let site: WebSite;
const queue = useQueue();

beforeAll(async () => {
  site = await startWebSite();
});
afterAll(() => site.close());
afterEach(() => project?.remove());

test('every sample compiles as it is pasted', async () => {
  project = new Project();
  for (const page of PAGES) project.paste(page, page.replaceAll(/\W/g, '-'));
  const compilerOptions = {
    ...{ target: 'es2022', lib: ['es2023', 'dom'], module: 'esnext', moduleResolution: 'bundler' },
    ...{ types: ['node', 'jest'], strict: true, noEmit: true, skipLibCheck: true },
  };
  project.write('package.json', '{ "type": "module" }');
  project.write('tsconfig.json', JSON.stringify({ compilerOptions, include: ['*/*.ts'] }));
  expect(await project.node([join(ROOT, 'node_modules/typescript/bin/tsc')])).toEqual({ code: 0, output: '' });
});

const isChart = ({ code }: Sample) => code.includes('app.synth()');

describe('charts', () => {
  const charts = typescript.filter(isChart).map((sample, index) => ({ ...sample, index }));
  let projects: Project[];
  let synthesized: Outcome;
  /** What each chart threw; null for one that did not. */
  let thrown: (string | null)[];

  // One process for all of them: to load cdk8s takes far longer than to synthesize.
  beforeAll(async () => {
    projects = charts.map(({ page }) => new Project(page));
    const files = charts.map(({ file }, index) => join(projects[index]!.folder, file));
    synthesized = await projects[0]!.node(['--require', 'tsx/cjs', join(__dirname, 'synthesize-all.cjs'), ...files]);
    thrown = JSON.parse(synthesized.output.trimEnd().split('\n').at(-1) ?? '');
  });
  afterAll(() => {
    for (const each of projects) each.remove();
  });

  test('they print nothing', () => {
    expect(synthesized).toEqual({ code: 0, output: `${JSON.stringify(thrown)}\n` });
  });

  test.each(charts)('$file of $page synthesizes', ({ index }) => {
    expect(thrown[index]).toBeNull();
    const kinds = readManifests(join(projects[index]!.folder, 'dist')).map(({ kind }) => kind);
    expect(kinds).toEqual(expect.arrayContaining(['ConfigMap']));
    expect(kinds.some((kind) => ['Job', 'CronJob', 'Deployment', 'PrometheusRule'].includes(kind))).toBe(true);
  });
});

interface Run {
  /** Items, or payloads as they are, pushed and sealed before it starts. */
  readonly items?: (site: string) => readonly unknown[];
  readonly queue?: string;
  readonly env?: (site: string) => Record<string, string>;
  readonly check: (outcome: Outcome) => void | Promise<void>;
}

const pages: Run = {
  queue: 'pages',
  items: (url) => [`${url}/there`, `${url}/gone`, `${url}/flaky`],
  // One page is gone for good, and a dead letter.
  check: async ({ code, output }) => {
    expect({ code, output }).toMatchObject({ code: 80, output: expect.stringContaining('/gone is gone') });
    expect(await queue.redis.hmget('{pages}:meta', 'done')).toEqual(['2']);
  },
};

const endsWith = (code: number, text: string): Run['check'] => {
  return (outcome) => expect(outcome).toEqual({ code, output: expect.stringContaining(text) });
};

/** How the samples that work on a queue are run. */
const RUNS: Record<string, Run> = {
  'README.md worker.ts': {
    queue: 'primes',
    items: () => [{ from: 0, to: 100 }],
    check: endsWith(0, '25 primes from 0 to 100'),
  },
  'README.md fetch.worker.ts': pages,
  'README.md fill.ts': {
    check: async (outcome) => {
      expect(outcome).toEqual({ code: 0, output: '' });
      expect(await queue.redis.hmget('{primes}:meta', 'sealed', 'total')).toEqual(['1', '100']);
      expect(await queue.redis.lrange('primes', 0, 0)).toEqual(['{"from":0,"to":10000}']);
    },
  },
  'docs/batches.md index.worker.ts': {
    queue: 'documents',
    items: () => ['one', 'two', ''],
    env: (url) => ({ SEARCH_URL: `${url}/there`, WORK_QUEUE_MAX_ATTEMPTS: '2' }),
    check: ({ code, output }) => {
      expect({ code, output }).toMatchObject({ code: 80, output: expect.stringMatching(/\[1.*\] \d sent/) });
      expect(output).toContain('[3] dead letter (handler) after 2 attempts: Error: an empty document');
    },
  },
  'docs/computing.md worker.ts': {
    queue: 'ranges',
    items: () => [{ from: 2, to: 100 }],
    check: async (outcome) => {
      expect(outcome).toEqual({ code: 0, output: expect.stringContaining('1 done') });
      expect(await queue.redis.hget('{ranges}:results', '1')).toMatch(/^25\n/);
    },
  },
  'docs/entry.md thumbs.worker.ts': {
    queue: 'thumbnails',
    items: (url) => [{ url: `${url}/a.jpg`, width: 200 }],
    check: endsWith(0, '6 bytes to scale to 200 pixels'),
  },
  'docs/entry.md thumbs.fill.ts': {
    env: () => ({ WORK_QUEUE_NAME: 'thumbnails', WORK_QUEUE_BATCH: '2026-11-23' }),
    check: async ({ code, output }) => {
      expect({ code, output }).toMatchObject({ code: 0 });
      expect(await queue.redis.lrange('thumbnails', 1, 1)).toEqual(['{"url":"https://example.com/b.jpg","width":200}']);
    },
  },
  'docs/follow-ups.md crawl.worker.ts': {
    queue: 'pages',
    items: (url) => [`${url}/tree/1`],
    check: async ({ code, output }) => {
      expect({ code, output }).toMatchObject({
        code: 0,
        output: expect.stringContaining('31 done, 0 failed attempts'),
      });
      expect(await queue.redis.hmget('{pages}:meta', 'done', 'added', 'total')).toEqual(['31', '30', '31']);
    },
  },
  'docs/follow-ups.md seeds.ts': {
    check: async (outcome) => {
      expect(outcome).toEqual({ code: 0, output: '' });
      expect(await queue.redis.hmget('{pages}:meta', 'sealed', 'total')).toEqual(['1', '1']);
      expect(await queue.redis.scard('{pages}:seen')).toBe(1);
    },
  },
  'docs/from-the-python-worker.md worker.ts': {
    queue: 'job2',
    items: () => ['apple'],
    check: endsWith(0, 'Working on apple'),
  },
  'docs/long-items.md durations.ts': {
    check: endsWith(0, '0 attempts ended well, 0 failed, 0 s in all'),
  },
  'docs/long-items.md primes.worker.ts': {
    queue: 'primes',
    items: () => [{ from: 0, to: 25_000 }],
    check: endsWith(0, '2762 primes from 0 to 25000'),
  },
  'docs/logs.md hooks.worker.ts': {
    queue: 'thumbnails',
    items: (url) => [`${url}/there`, 'nowhere'],
    env: () => ({ WORK_QUEUE_MAX_ATTEMPTS: '1' }),
    check: endsWith(80, 'reported TypeError'),
  },
  'docs/logs.md lines.worker.ts': {
    queue: 'thumbnails',
    items: () => ['a'],
    check: endsWith(0, '[1] at it thumbnails'),
  },
  'docs/logs.md logs.worker.ts': {
    queue: 'thumbnails',
    items: (url) => [`${url}/there`],
    check: endsWith(0, '[1] fetched bytes=6'),
  },
  'docs/logs.md pino.worker.ts': {
    queue: 'thumbnails',
    items: () => ['a'],
    check: endsWith(0, '"url":"a","msg":"at it"'),
  },
  'docs/tracing.md worker.ts': {
    queue: 'pages',
    items: (url) => [`${url}/there`],
    check: async ({ code, output }) => {
      expect({ code, output }).toMatchObject({ code: 0, output: expect.stringContaining("name: 'process pages'") });
      const [, parent] = /parentSpanContext: \{[^}]*?spanId: '(\w+)'/.exec(output) ?? [];
      expect(output).toMatch(new RegExp(`name: 'process pages'[^]*?\\bid: '${parent}'`));
    },
  },
  'docs/tracing.md fill.ts': {
    check: async (outcome) => {
      expect(outcome).toEqual({ code: 0, output: '' });
      expect(await queue.redis.lrange('pages', 0, 0)).toEqual(['{"url":"https://example.com/a"}']);
    },
  },
  'docs/pace.md api.worker.ts': {
    queue: 'accounts',
    items: (url) => [`${url}/busy`, `${url}/there`],
    check: async ({ code, output }) => {
      expect({ code, output }).toMatchObject({ code: 0, output: expect.stringContaining('2 done, 0 failed attempts') });
      const [clock, slow] = (await queue.redis.hmget('{accounts}:meta', 'clock', 'slow')).map(Number);
      expect(slow).toBeGreaterThanOrEqual(1_000);
      expect(clock).toBeGreaterThanOrEqual(slow as number);
    },
  },
  'docs/finally.md sizes.worker.ts': {
    queue: 'pages',
    items: (url) => [`${url}/a`, `${url}/b`],
    env: () => ({ MERGED: 'sizes.jsonl' }),
    check: (outcome) => {
      expect(outcome).toEqual({ code: 0, output: expect.stringContaining('[finalizer] 2 sizes are in sizes.jsonl') });
      const lines = readFileSync(join(project.folder, 'sizes.jsonl'), 'utf8').trim().split('\n');
      const sizes = lines.map((line) => JSON.parse(line) as unknown);
      expect(sizes).toEqual(
        expect.arrayContaining(['a', 'b'].map((name) => ({ url: `${site.url}/${name}`, bytes: 6 }))),
      );
    },
  },
  'docs/finally.md merged.worker.ts': {
    queue: 'words',
    items: () => ['apple', 'fig'],
    env: (url) => ({ MERGED_URL: `${url}/lengths.jsonl` }),
    check: (outcome) => {
      expect(outcome).toMatchObject({ code: 0, output: expect.stringContaining('2 done, 0 dead, finalizer done') });
      expect(site.stored.get('/lengths.jsonl')?.split('\n').sort()).toEqual(['', '["apple",5]', '["fig",3]']);
    },
  },
  'docs/pace.md render.worker.ts': {
    queue: 'renders',
    items: (url) => [`${url}/rendering`],
    check: endsWith(0, '[1] there, after 1 looks in vain'),
  },
  'docs/inside-an-app.md server.ts': {
    queue: 'pages',
    items: (url) => [`${url}/there`],
    env: () => ({ WORK_QUEUE_NAME: 'pages', PORT: '0' }),
    check: ({ code, output }) => {
      expect({ code, output }).toMatchObject({ code: 0, output: expect.stringContaining('/there: 6 bytes') });
      expect(output).toContain('The worker has ended: drained');
    },
  },
  'docs/inside-an-app.md settings.ts': {
    queue: 'numbers',
    items: () => ['12'],
    check: endsWith(0, '1 done, 0 dead'),
  },
  'docs/scale.md fill-as-you-go.ts': {
    check: async (outcome) => {
      expect(outcome).toEqual({ code: 0, output: '' });
      expect(await queue.redis.hmget('{numbers}:meta', 'sealed', 'total')).toEqual(['1', '250000']);
    },
  },
  'docs/scale.md shard.fill.ts': {
    env: () => ({ SHARD: '3', WORK_QUEUE_NAME: 'numbers-3', WORK_QUEUE_BATCH: 'numbers' }),
    check: async ({ code, output }) => {
      expect({ code, output }).toMatchObject({ code: 0 });
      expect(await queue.redis.llen('numbers-3')).toBe(1_000);
      expect(await queue.redis.lrange('numbers-3', 0, 1)).toEqual(['3', '6']);
    },
  },
  'docs/scale.md shard.worker.ts': {
    queue: 'numbers-3',
    items: () => ['12'],
    env: () => ({ SHARD: '3' }),
    check: endsWith(0, '12 squared is 144'),
  },
  'docs/streams.md mails.worker.ts': {
    queue: 'mails',
    items: () => ['ada@example.com'],
    env: (url) => ({ MAIL_URL: `${url}/there` }),
    check: endsWith(0, '1 done'),
  },
  'docs/streams.md mails.producer.ts': {
    check: async (outcome) => {
      expect(outcome).toEqual({ code: 0, output: '' });
      expect(await queue.redis.lrange('mails', 0, -1)).toEqual(['ada@example.com', 'grace@example.com']);
      expect(await queue.redis.scard('{mails}:seen')).toBe(2);
    },
  },
  'docs/testing.md worker.ts': {
    queue: 'videos',
    items: () => [{ url: 'https://example.org/cat.mp4' }],
    env: (url) => ({ CONVERTER_URL: url }),
    check: endsWith(0, '1 done'),
  },
  'docs/tuning.md sample-0.ts': pages,
};

const worksOnAQueue = ({ code }: Sample) => /\b(?:runWorker|runFiller|startWorker)\(|new WorkQueue\(/.test(code);
const programs = typescript.filter(worksOnAQueue);

test('it is known how to run every sample that works on a queue', () => {
  expect(programs.map(({ page, file }) => `${page} ${file}`).sort()).toEqual(Object.keys(RUNS).sort());
});

test.each(programs)('$file of $page runs', async ({ page, file, code }) => {
  const { items, queue: name, env, check } = RUNS[`${page} ${file}`] as Run;
  await queue.redis.flushall();
  project = new Project(page);
  // What is called is on this machine.
  const here = code
    .replace('redis://localhost:6379', queue.server.url)
    .replace('https://example.com/photos.json', `${site.url}/photos.json`);
  project.write(file, here);
  if (items && name) {
    const payloads = items(site.url).map((item) => (typeof item === 'string' ? item : JSON.stringify(item)));
    queue.name = name;
    await queue.fill(...payloads);
  }
  const loader = /^await /m.test(code) ? ['--import', 'tsx'] : ['--require', 'tsx/cjs'];
  if (/^await /m.test(code)) project.write('package.json', '{ "type": "module" }');
  await check(await project.node([...loader, file], { REDIS_URL: queue.server.url, ...env?.(site.url) }));
});

test('the tests of docs/entry.md pass', async () => {
  project = new Project('docs/entry.md');
  project.write(
    'jest.config.json',
    JSON.stringify({ transform: { '\\.ts$': ['@swc/jest', { jsc: { parser: { syntax: 'typescript' } } }] } }),
  );
  const { code, output } = await project.node([join(ROOT, 'node_modules/jest/bin/jest.js'), '--ci=false']);
  expect({ code, output }).toMatchObject({ code: 0, output: expect.stringContaining('1 snapshot written') });
});

test('every sample with tests is run: those of docs/testing.md are files of examples/tested', () => {
  const tests = typescript.filter(({ file }) => file.endsWith('.test.ts')).map(({ page }) => page);
  expect([...new Set(tests)]).toEqual(['docs/entry.md', 'docs/testing.md']);
});
