import { execFile } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import type { Kubectl } from '../../e2e/kubectl';
import { SCENARIOS } from '../../e2e/scenarios';
import { Store } from '../../e2e/store';
import { useQueue } from '../queue-under-test';

const ROOT = join(__dirname, '../..');

const queue = useQueue();
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pod-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A cluster that is this machine: what would run in the pod runs here, by the redis-cli of this machine. */
function store(): Store {
  const path = (process.env.PATH ?? '').split(delimiter);
  const own = path.map((each) => join(each, 'redis-cli')).find((each) => existsSync(each));
  writeFileSync(join(folder, 'redis-cli'), `#!/bin/sh\nexec '${own}' -p ${queue.server.port} "$@"\n`);
  chmodSync(join(folder, 'redis-cli'), 0o755);
  const kubectl: Partial<Kubectl> = {
    pods: async () => [
      { metadata: { name: 'redis-master' }, status: { conditions: [{ type: 'Ready', status: 'True' }] } },
    ],
    exec: async (_namespace, _pod, _container, [command, ...args]) => {
      const env = { PATH: [folder, ...path].join(delimiter) };
      return (await promisify(execFile)(command!, args, { env })).stdout;
    },
  };
  return new Store(kubectl as Kubectl, 'e2e');
}

test('a queue that is paused before it is filled hands out nothing until it is resumed, and is counted from then on', async () => {
  const pod = store();
  await pod.pause([queue.name]);
  await queue.fill('1', '2', '3', '4');
  const program = join(folder, 'worker.js');
  writeFileSync(
    program,
    `const { defineQueue, runWorker } = require(${JSON.stringify(join(ROOT, 'build/worker'))});
    const handler = (item) => {
      if (item === '4') throw new Error('four');
      return Number(item);
    };
    runWorker(defineQueue({ name: '${queue.name}' }), handler, { results: true });`,
  );
  const worker = queue.start({ WORK_QUEUE_MAX_ATTEMPTS: 1 }, { program });
  await queue.until(
    'a worker that is here',
    (redis) => redis.zcard(queue.keys.idle),
    (workers) => workers === 1,
  );
  expect(await pod.counts(queue.name, true)).toEqual({ done: 0, dead: 0, listed: 4, sum: 0 });

  await pod.resume([queue.name]);
  expect((await worker.ended).code).toBe(80);
  expect(await pod.counts(queue.name, true)).toEqual({ done: 3, dead: 1, listed: 0, sum: 6 });
  expect(await pod.counts(queue.name)).toMatchObject({ done: 3, sum: 0 });
});

test('an error of Redis is one, though redis-cli ends with 0', async () => {
  await queue.redis.set(queue.keys.meta, 'x');
  await expect(store().counts(queue.name)).rejects.toThrow(/WRONGTYPE/);
});

test('each example with a chart is a scenario', () => {
  const charts = readdirSync(join(ROOT, 'examples'), { withFileTypes: true })
    .filter((each) => each.isDirectory() && readdirSync(join(ROOT, 'examples', each.name)).includes('main.ts'))
    .map(({ name }) => name);
  expect(SCENARIOS.map(({ name }) => name).sort()).toEqual([...charts, 'walkthrough'].sort());
});
