import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'cdk8s';
import { FineParallelProcessing } from '../../main';
import { findWorkJob, readManifests } from './manifests';

test('the manifests of main.ts say all that the demo needs', () => {
  const folder = mkdtempSync(join(tmpdir(), 'dist-'));
  const app = new App({ outdir: folder });
  new FineParallelProcessing(app, 'job-wq-2');
  app.synth();

  const { env, batch, ...job } = findWorkJob(readManifests(folder));
  expect(job).toEqual({
    name: 'job-wq-2',
    parallelism: 2,
    image: 'node:24-alpine',
    bundle: [0, 1].map((part) => expect.stringMatching(new RegExp(`^job-wq-2-worker-[0-9a-f]{16}-${part}$`))),
    queue: 'job2',
    items: ['apple', 'banana', 'cherry', 'date', 'fig', 'grape', 'lemon', 'melon', 'orange'],
  });
  expect(env).toContainEqual({ name: 'WORK_QUEUE_NAME', value: 'job2' });
  expect(env).toContainEqual({ name: 'WORK_QUEUE_BATCH', value: batch });
  rmSync(folder, { recursive: true });
});

test('items spread over several ConfigMaps keep their order', () => {
  const folder = mkdtempSync(join(tmpdir(), 'dist-'));
  const pod = (volumes: unknown[]) => ({
    template: {
      spec: {
        containers: [
          {
            image: 'i',
            env: [
              { name: 'WORK_QUEUE_NAME', value: 'q$$1' },
              { name: 'WORK_QUEUE_BATCH', value: 'b' },
            ],
          },
        ],
        volumes,
      },
    },
  });
  const sources = ['x-0', 'x-1'].map((name) => ({ configMap: { name } }));
  const objects = [
    { kind: 'Job', metadata: { name: 'work' }, spec: pod([]) },
    { kind: 'Job', metadata: { name: 'fill' }, spec: pod([{ name: 'items', projected: { sources } }]) },
    { kind: 'ConfigMap', metadata: { name: 'x-1' }, data: { '00000003.json': '["d"]' } },
    {
      kind: 'ConfigMap',
      metadata: { name: 'x-0' },
      data: { '00000002.json': '["c"]', '00000000.json': '["a","b\\n"]' },
    },
  ];
  writeFileSync(join(folder, 'a.yaml'), objects.map((object) => JSON.stringify(object)).join('\n---\n'));
  expect(findWorkJob(readManifests(folder))).toMatchObject({ queue: 'q$1', items: ['a', 'b\n', 'c', 'd'] });
  rmSync(folder, { recursive: true });
});

test('without a fill Job there is nothing to show, and it says so', () => {
  const job = { kind: 'Job', metadata: { name: 'work' }, spec: { template: { spec: { containers: [] } } } };
  expect(() => findWorkJob([job])).toThrow('Expected a Job and its fill Job, found: work');
});
