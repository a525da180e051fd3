import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { LocalCluster } from '../../local/cluster';
import { type RedisServer, startRedisServer } from '../../local/redis';
import { synthesize } from './synthesize';

const ROOT = join(__dirname, '../..');
const EXAMPLE = join(ROOT, 'examples/larger-app');

let server: RedisServer;
let cluster: LocalCluster;
let image: string;

beforeEach(async () => {
  server = await startRedisServer({ password: 'open sesame' });
  image = mkdtempSync(join(tmpdir(), 'image-'));
});

afterEach(async () => {
  await cluster?.stop();
  await server.stop();
  rmSync(image, { recursive: true, force: true });
});

/** What the Dockerfile puts into the image. */
async function buildImage() {
  mkdirSync(join(image, 'node_modules'));
  symlinkSync(ROOT, join(image, 'node_modules/cdk8s-redis-work-queue'));
  symlinkSync(join(ROOT, 'node_modules/zod'), join(image, 'node_modules/zod'));
  await build({
    entryPoints: ['enqueue.ts', 'reprice.ts'].map((file) => join(EXAMPLE, file)),
    bundle: true,
    packages: 'external',
    platform: 'node',
    outdir: image,
  });
}

test('the filler fills from the team, with the credentials of the Secret, and the workers read the ConfigMap', async () => {
  await buildImage();
  cluster = new LocalCluster({
    // The user and the password come from the Secret, not from here.
    redisUrl: `redis://127.0.0.1:${server.port}`,
    secrets: { 'redis-credentials': { username: 'default', password: 'open sesame' } },
    workdir: image,
  }).apply(await synthesize('larger-app', { DAY: '2026-11-23' }));
  const workers = cluster.start('repricing-2026-11-23', { pods: 2 });
  await Promise.all(workers.map((pod) => pod.line(/^wait for the fill Job/)));
  const [fill] = cluster.start('repricing-2026-11-23-fill');
  expect(await fill?.ended).toBe(0);
  expect(fill?.lines).toContain('40 products are queued');

  expect(await Promise.all(workers.map((pod) => pod.ended))).toEqual([0, 0]);
  const prices = workers.flatMap((pod) => pod.all(/^product-\d+ costs (\d+)/)).map(Number);
  expect(prices.sort((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, index) => 120 * (index + 1)));
});

test('with another password nothing is filled', async () => {
  await buildImage();
  cluster = new LocalCluster({
    redisUrl: `redis://127.0.0.1:${server.port}`,
    secrets: { 'redis-credentials': { username: 'default', password: 'wrong' } },
    workdir: image,
  }).apply(await synthesize('larger-app', { DAY: '2026-11-23' }));
  expect(await cluster.run('repricing-2026-11-23-fill')).not.toEqual([0]);
});
