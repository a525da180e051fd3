import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Testing } from 'cdk8s';
import Redis from 'ioredis';
import { RedisStore, RedisWorkQueueJob } from '../lib';
import { LocalCluster } from '../local/cluster';
import { ContainerProcess } from '../local/kubelet';
import { type RedisServer, startRedisServer } from '../local/redis';
import { queueKeys } from '../worker/contract';

// OpenShift runs containers under a user id that no image knows, in the group of root.

const USER = 1_000_700_000;

/** Only root may run a process under another id, which has to get to Node, and into the folder of the containers. */
function isPossible(): boolean {
  if (process.getuid?.() !== 0) return false;
  const enter = `fs.accessSync(${JSON.stringify(tmpdir())}, fs.constants.X_OK)`;
  return spawnSync(process.execPath, ['-e', enter], { cwd: '/', uid: USER, gid: 0 }).status === 0;
}

const underIt = isPossible() ? describe : describe.skip;

underIt('under a user id that nobody knows (which takes root here, and folders that all may pass through)', () => {
  let server: RedisServer;
  let redis: Redis;
  let folder: string;
  let cluster: LocalCluster;
  let store: ContainerProcess | undefined;

  beforeAll(async () => {
    server = await startRedisServer();
    redis = new Redis(server.port);
  });
  afterAll(async () => {
    redis?.disconnect();
    await server?.stop();
  });
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'random-user-'));
    chmodSync(folder, 0o755);
    cluster = new LocalCluster({ user: USER });
  });
  afterEach(async () => {
    store?.kill('SIGKILL');
    await store?.end;
    await cluster.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  function entry(name: string, text: string): string {
    const file = join(folder, name);
    writeFileSync(file, text);
    return file;
  }

  test.each([
    ['items', () => ({ items: ['a', 'b'] })],
    [
      'a filler',
      () => ({
        filler: {
          entry: entry(
            'fill.ts',
            `import { defineQueue, runFiller } from 'cdk8s-redis-work-queue/worker';
             void runFiller(defineQueue({ name: 'q' }), () => ['a', 'b']);`,
          ),
        },
      }),
    ],
  ])('fill, gate and a bundled worker do all items: %s', async (_, fill) => {
    const worker = entry(
      'worker.ts',
      `import { writeFileSync } from 'node:fs';
       import { tmpdir } from 'node:os';
       import { defineQueue, runWorker } from 'cdk8s-redis-work-queue/worker';
       void runWorker(defineQueue({ name: 'q' }), (item) => {
         writeFileSync(tmpdir() + '/' + item, '');
         console.log(item, 'as', process.getuid(), process.getgid());
       });`,
    );
    await redis.flushall();
    const chart = Testing.chart();
    new RedisWorkQueueJob(chart, 'fruit', {
      jobName: 'fruit',
      queueName: 'q',
      entry: worker,
      redis: RedisStore.external(chart, 'redis', { host: '127.0.0.1', port: server.port }),
      idsFromNamespace: true,
      ...fill(),
    });
    cluster.apply(Testing.synth(chart));
    expect(await cluster.run('fruit-fill')).toEqual([0]);
    const [pod] = cluster.start('fruit', { env: { TMPDIR: folderOfPods() } });
    expect([await pod?.ended, pod?.all(/(\w as \d+ \d+)/).sort()]).toEqual([0, [`a as ${USER} 0`, `b as ${USER} 0`]]);
    expect(await redis.hget(queueKeys('q').meta, 'sealed')).toBe('1');
  });

  /** A folder that everybody may write to, as the volume of /tmp is. */
  function folderOfPods(): string {
    const scratch = join(folder, 'tmp');
    mkdirSync(scratch);
    chmodSync(scratch, 0o777);
    return scratch;
  }

  test('a store writes its append-only file', async () => {
    const chart = Testing.chart();
    RedisStore.pod(chart, 'redis', { podName: 'redis', idsFromNamespace: true });
    const [{ command, args }] = Testing.synth(chart).find(({ kind }) => kind === 'Pod').spec.containers;
    const data = folderOfPods();
    const socket = join(data, 'redis.sock');
    const here = args.map((word: string) => (word === '/data' ? data : word));
    let ready = () => {};
    const isReady = new Promise<void>((resolve) => {
      ready = resolve;
    });
    store = new ContainerProcess({
      command: [...command, ...here, '--port', '0', '--unixsocket', socket],
      env: { PATH: process.env.PATH },
      cwd: '/',
      user: USER,
      output: (line) => /ready to accept connections/i.test(line) && ready(),
    });
    await Promise.race([isReady, store.end]);
    expect(execFileSync('redis-cli', ['-s', socket, 'SET', 'a', '1'], { encoding: 'utf8' })).toBe('OK\n');
    expect(readdirSync(data)).toContain('appendonlydir');
    store.kill('SIGTERM');
    expect(await store.exitCode).toBe(0);
  });
});
