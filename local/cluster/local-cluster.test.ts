import { spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { WORKER_POLICY } from '../job-controller';
import { LocalCluster, type LocalPod, type StartOptions } from './local-cluster';

let scratch: string;
let shown: string[];
let cluster: LocalCluster;
const container = {
  name: 'worker',
  env: [
    { name: 'REDIS_URL', value: 'redis://redis:6379' },
    { name: 'WORK_QUEUE_WORKER', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
    {
      name: 'WORK_QUEUE_RUN',
      valueFrom: { fieldRef: { fieldPath: "metadata.labels['batch.kubernetes.io/controller-uid']" } },
    },
  ],
};

const job = {
  kind: 'Job',
  metadata: { name: 'job-wq-2' },
  spec: {
    parallelism: 2,
    backoffLimit: 1,
    podFailurePolicy: WORKER_POLICY,
    template: { spec: { containers: [container] } },
  },
};

beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), 'pods-'));
  shown = [];
  cluster = new LocalCluster({ redisUrl: 'redis://127.0.0.1:1', shortSleeps: false }).apply([job]);
});

afterEach(async () => {
  await cluster.stop();
  rmSync(scratch, { recursive: true });
});

/** A stand-in for the worker, and where its lines go. */
function image(script: string): StartOptions {
  const program = join(scratch, 'worker.js');
  writeFileSync(program, script);
  return { image: ['node', program], run: randomUUID(), onLine: (line, pod) => shown.push(`${pod.name}  ${line}`) };
}

/** Runs it in the pods of the Job, until all have ended. */
async function run(script: string, stop = new AbortController().signal) {
  const pods = cluster.start('job-wq-2', { ...image(script), stop });
  const seen = (pod: LocalPod) => pod.all(/Working on (.*)$/);
  return Promise.all(pods.map(async (pod) => ({ name: pod.name, code: await pod.ended, items: seen(pod) })));
}

test('each pod gets the environment of the Job, and nothing of this process but the PATH', async () => {
  process.env.SOMETHING_ELSE = 'here';
  const pods = await run('console.log("Working on " + JSON.stringify(process.env))');
  const [one, two] = pods.map(({ items }) => JSON.parse(items[0]!));
  expect(one).toEqual({
    PATH: process.env.PATH,
    REDIS_URL: 'redis://127.0.0.1:1',
    WORK_QUEUE_LOG: 'text',
    WORK_QUEUE_WORKER: expect.stringMatching(/^job-wq-2-[a-z0-9]{5}$/),
    WORK_QUEUE_RUN: expect.stringMatching(/^[0-9a-f-]{36}$/),
    WORK_QUEUE_TERMINATION_LOG: join(cluster.root, one.WORK_QUEUE_WORKER, 'termination-log'),
  });
  expect(two.WORK_QUEUE_RUN).toBe(one.WORK_QUEUE_RUN);
  expect(two.WORK_QUEUE_WORKER).not.toBe(one.WORK_QUEUE_WORKER);
  delete process.env.SOMETHING_ELSE;
});

test('lines carry the name of their worker, what it worked on is kept in order, and its exit code', async () => {
  const pods = await run(
    'console.log("Working on apple\\nhello"); console.error("Working on fig"); process.exitCode = 80',
  );
  for (const { name, items, code } of pods) {
    expect(items.toSorted()).toEqual(['apple', 'fig']);
    expect(code).toBe(80);
    expect(shown).toContain(`${name}  hello`);
  }
});

test('a worker that was killed has the exit code that a kubelet would report', async () => {
  const pods = await run('process.kill(process.pid, "SIGKILL"); setTimeout(() => {}, 60000)');
  expect(pods.map(({ code }) => code)).toEqual([137, 137]);
});

test('stopping sends SIGTERM and waits for the end', async () => {
  const stop = new AbortController();
  const waits = 'process.on("SIGTERM", () => process.exit(143)); console.log("ready"); setTimeout(() => {}, 60000)';
  const running = run(waits, stop.signal);
  while (shown.length < 2) await new Promise((resolve) => setTimeout(resolve, 10));
  stop.abort();
  expect((await running).map(({ code }) => code)).toEqual([143, 143]);
});

describe('a Job with its controller', () => {
  test('a pod that fails is replaced, and the Job is Complete when the others have ended', async () => {
    const job = cluster.startJob(
      'job-wq-2',
      image(`
        const { existsSync, mkdirSync } = require('fs');
        const places = ${JSON.stringify(['1', '2', '3'].map((name) => join(scratch, name)))};
        const mine = places.findIndex((place) => {
          try {
            mkdirSync(place);
            return true;
          } catch {
            return false;
          }
        });
        if (mine === 0) process.exit(1);
        // Not before the first one was replaced: nobody takes the place of a pod after the first success.
        const looking = setInterval(() => existsSync(places[2]) && clearInterval(looking), 10);`),
    );
    await expect(job.ended).resolves.toMatchObject({ condition: 'Complete', reason: 'CompletionsReached' });
    const codes = await Promise.all(cluster.podsOf('job-wq-2').map((pod) => pod.ended));
    expect({ failed: job.failed, codes: codes.sort() }).toEqual({ failed: 1, codes: [0, 0, 1] });
  });

  test('beyond its backoffLimit it fails, and takes the other pods along', async () => {
    const job = cluster.startJob(
      'job-wq-2',
      image(`
        const { mkdirSync } = require('fs');
        try {
          mkdirSync(${JSON.stringify(join(scratch, 'first'))});
          process.on('SIGTERM', () => process.exit(143));
          setInterval(() => {}, 1000);
          console.log('waits');
        } catch {
          process.exitCode = 1;
        }`),
    );
    await expect(job.ended).resolves.toMatchObject({ condition: 'Failed', reason: 'BackoffLimitExceeded' });
    expect(job.failed).toBe(2);
    expect(job.pods.size).toBe(0);
  });

  test('stopped, it starts no more pods', async () => {
    const stop = new AbortController();
    const job = cluster.startJob('job-wq-2', {
      ...image('console.log("ready"); setInterval(() => {}, 1000)'),
      stop: stop.signal,
    });
    while (shown.length < 2) await new Promise((resolve) => setTimeout(resolve, 10));
    stop.abort();
    await expect(job.ended).resolves.toBeUndefined();
    expect(shown).toHaveLength(2);
  });
});

describe('a Job with indexes', () => {
  const name = 'job-wq-2';
  /** SIGUSR2 ends it with 0, and SIGTERM with a code. */
  const listens = (onTerm: number) => `
    process.on('SIGUSR2', () => process.exit(0)).on('SIGTERM', () => process.exit(${onTerm}));
    setInterval(() => {}, 1000);
    console.log('index', process.env.JOB_COMPLETION_INDEX, 'on', process.env.HOSTNAME, process.env.WORK_QUEUE_WORKER);`;

  function apply(parallelism: number) {
    const successPolicy = { rules: [{ succeededIndexes: '0', succeededCount: 1 }] };
    const more = { completionMode: 'Indexed', parallelism, completions: parallelism, successPolicy };
    cluster.apply([{ ...job, spec: { ...job.spec, ...more, backoffLimitPerIndex: 2 ** 31 - 1 } }]);
  }

  /** Resolves when all its pods listen. */
  async function startJob(parallelism: number, onTerm: number) {
    apply(parallelism);
    const running = cluster.startJob(name, image(listens(onTerm)));
    await allListen();
    return running;
  }
  const allListen = () => Promise.all(cluster.podsOf(name).map((pod) => pod.line(/^index/)));
  const codes = () => Promise.all(cluster.podsOf(name).map((pod) => pod.ended));

  test.each([
    ['with its controller', () => startJob(3, 0)],
    ['without it', () => cluster.start(name, image(listens(0)))],
  ])('tells each pod its index, by variable, name and host name, %s', async (_, start) => {
    apply(3);
    await start();
    await allListen();
    const lines = cluster.podsOf(name).map((pod) => pod.lines[0]);
    const said = (index: number) => new RegExp(`^index ${index} on ${name}-${index} ${name}-${index}-[a-z0-9]{5}$`);
    expect(lines).toEqual([0, 1, 2].map((index) => expect.stringMatching(said(index))));
  });

  test('is Complete by its success policy, and its other pods are deleted', async () => {
    const running = await startJob(3, 143);
    running.pods.get(0)?.pod.kill('SIGUSR2');
    await expect(running.ended).resolves.toMatchObject({ condition: 'Complete', reason: 'SuccessPolicy' });
    expect(await codes()).toEqual([0, 143, 143]);
  });

  test('replaces a pod that was evicted or deleted at its index; only the one that was deleted may count', async () => {
    const running = await startJob(2, 1);
    for (const [index, end] of [
      [0, 'evict'],
      [1, 'delete'],
    ] as const) {
      const pod = running.pods.get(index);
      pod?.[end]();
      await pod?.ended;
      await allListen();
    }
    expect([...running.pods.keys()].sort()).toEqual([0, 1]);
    expect({ failed: running.failed, end: running.end }).toEqual({ failed: 1, end: undefined });
  });

  test('is scaled, suspended and resumed; the pods that this deletes do not count', async () => {
    const running = await startJob(3, 0);
    running.patch({ parallelism: 1, completions: 1 });
    await Promise.all([1, 2].map((index) => running.pods.get(index)?.ended));
    expect([...running.pods.keys()]).toEqual([0]);
    running.patch({ suspend: true });
    await running.pods.get(0)?.ended;
    expect({ pods: running.pods.size, end: running.end }).toEqual({ pods: 0, end: undefined });
    running.patch({ suspend: false, parallelism: 2, completions: 2 });
    await allListen();
    expect([...running.pods.keys()]).toEqual([0, 1]);
  });
});

test('a pod that is deleted starts no further container', async () => {
  const script = (text: string) => ({ command: ['sh', '-c', text] });
  const init = { name: 'gate', ...script('trap "exit 0" TERM; echo waits; while :; do sleep 0.02; done') };
  const spec = { initContainers: [init], containers: [{ name: 'worker', ...script('echo works') }] };
  cluster.apply([{ kind: 'Job', metadata: { name: 'work' }, spec: { template: { spec } } }]);
  const [pod] = cluster.start('work');
  await pod?.line('waits');
  pod?.kill('SIGTERM');
  expect(await pod?.ended).toBe(143);
  expect(pod?.lines).not.toContain('works');
});

test('a sidecar runs from before the others until they have ended, and how it ends does not matter', async () => {
  const script = (text: string) => ({ command: ['sh', '-c', text] });
  const endless = 'while :; do sleep 0.02; done';
  const sidecar = {
    name: 'proxy',
    restartPolicy: 'Always',
    ...script(`trap "echo ends; exit 143" TERM; touch up; ${endless}`),
  };
  const spec = {
    restartPolicy: 'Never',
    initContainers: [sidecar, { name: 'gate', ...script('until [ -e up ]; do sleep 0.02; done') }],
    containers: [{ name: 'worker', ...script('echo works') }],
  };
  cluster.apply([{ kind: 'Job', metadata: { name: 'work' }, spec: { template: { spec } } }]);
  const [pod] = cluster.start('work');
  expect(await pod?.ended).toBe(0);
  expect(pod?.all(/^(works|ends)$/)).toEqual(['works', 'ends']);
  expect(pod?.exitCodes).toEqual(
    new Map([
      ['gate', 0],
      ['worker', 0],
      ['proxy', 143],
    ]),
  );
});

describe('a sidecar', () => {
  const script = (text: string) => ({ command: ['sh', '-c', text] });
  const wait = 'while :; do sleep 0.02; done';

  function start(sidecar: object, worker: object, more: object = {}): LocalPod {
    const spec = {
      initContainers: [{ name: 'beside', restartPolicy: 'Always', ...sidecar }],
      containers: [{ name: 'worker', ...worker }],
      ...more,
    };
    cluster.apply([{ kind: 'Job', metadata: { name: 'work' }, spec: { template: { spec } } }]);
    return cluster.start('work')[0] as LocalPod;
  }

  test('that ends is started again, with whatever code it ends, until the others have ended', async () => {
    const pod = start(
      script(
        'echo x >> starts; echo "start $(wc -l < starts)"; [ "$(wc -l < starts)" -lt 4 ] || exec sleep 600; exit 3',
      ),
      script('until [ "$(wc -l < starts 2>/dev/null || echo 0)" -ge 4 ]; do sleep 0.02; done'),
    );
    expect(await pod.ended).toBe(0);
    expect(pod.all(/^start +(\d)$/)).toEqual(['1', '2', '3', '4']);
    expect(pod.exitCodes.get('beside')).toBe(143);
  });

  test('is told to end when the others have ended, and killed where it does not', async () => {
    const pod = start(
      script(`trap "echo hears" TERM; touch up; ${wait}`),
      script(`until [ -e up ]; do sleep 0.02; done`),
      {
        terminationGracePeriodSeconds: 1,
      },
    );
    expect(await pod.ended).toBe(0);
    expect(pod.count('hears')).toBe(1);
    expect(pod.exitCodes.get('beside')).toBe(137);
  });

  test('of a pod that is deleted hears of it after the others, and does not start again', async () => {
    const pod = start(
      script('echo up; trap "echo sidecar hears; exit 5" TERM; while [ ! -e leave ]; do sleep 0.02; done; exit 4'),
      script(`echo up; trap "echo worker hears; [ -e leave ] || sleep 0.1; exit 143" TERM; ${wait}`),
    );
    while (pod.count('up') < 2) await sleep(20);
    pod.kill('SIGTERM');
    expect(await pod.ended).toBe(143);
    expect(pod.all(/^(.* hears)$/)).toEqual(['worker hears', 'sidecar hears']);
    expect(pod.exitCodes.get('beside')).toBe(5);

    const leaves = start(
      script('echo up; while [ ! -e leave ]; do sleep 0.02; done; echo leaves; exit 4'),
      script(`echo up; trap "touch leave; sleep 0.2; exit 143" TERM; ${wait}`),
    );
    while (leaves.count('up') < 2) await sleep(20);
    leaves.kill('SIGTERM');
    expect(await leaves.ended).toBe(143);
    expect([leaves.count('up'), leaves.exitCodes.get('beside')]).toEqual([2, 4]);
  });

  test('finds the agent of its pod on a port that no other pod has', async () => {
    const env = (name: string, value: string) => ({ env: [{ name, value }] });
    const spec = {
      initContainers: [
        {
          name: 'program',
          restartPolicy: 'Always',
          ...script('echo $WORK_QUEUE_AGENT'),
          ...env('WORK_QUEUE_AGENT', 'http://127.0.0.1:7440'),
        },
      ],
      containers: [
        {
          name: 'agent',
          ...script('echo "on $WORK_QUEUE_AGENT_LISTEN"'),
          ...env('WORK_QUEUE_AGENT_LISTEN', '127.0.0.1:7440'),
        },
      ],
    };
    cluster.apply([{ kind: 'Job', metadata: { name: 'work' }, spec: { template: { spec } } }]);
    const pods = cluster.start('work', { pods: 2 });
    const ports = await Promise.all(
      pods.map(async (pod) => {
        const [, of] = /:(\d+)$/.exec(await pod.line('http://')) ?? [];
        const [, on] = /:(\d+)$/.exec(await pod.line('on 127.0.0.1')) ?? [];
        expect(on).toBe(of);
        return on;
      }),
    );
    expect(new Set(ports).size).toBe(2);
    expect(ports).not.toContain('7440');
  });
});

test('words of a command name variables, as its values do', async () => {
  const worker = {
    name: 'worker',
    command: ['echo', '$(A)', '$$(A) $$$$', '$(B)'],
    args: ['$(A)!'],
    env: [{ name: 'A', value: 'a' }],
  };
  cluster.apply([{ kind: 'Job', metadata: { name: 'work' }, spec: { template: { spec: { containers: [worker] } } } }]);
  const [pod] = cluster.start('work');
  expect(await pod?.line('!')).toBe('a $(A) $$ $(B) a!');
});

test('a container has the variables of ConfigMaps and Secrets, and its own win', async () => {
  const env = [{ name: 'B', value: 'its own' }];
  const envFrom = [{ configMapRef: { name: 'settings' } }, { prefix: 'S_', secretRef: { name: 'credentials' } }];
  const worker = { name: 'worker', command: ['sh', '-c', 'echo "$A|$B|$S_KEY"'], env, envFrom };
  const withSecrets = new LocalCluster({ secrets: { credentials: { KEY: 'k' } } }).apply([
    { kind: 'ConfigMap', metadata: { name: 'settings' }, data: { A: 'a $(B)', B: 'theirs' } },
    { kind: 'Job', metadata: { name: 'work' }, spec: { template: { spec: { containers: [worker] } } } },
  ]);
  try {
    const [pod] = withSecrets.start('work');
    expect(await pod?.line('|')).toBe('a $(B)|its own|k');
  } finally {
    await withSecrets.stop();
  }
});

test('neither pods, nor what they have started, nor files outlive SIGKILL of their parent', async () => {
  const mounted = { name: 'bundle', mountPath: '/bundle', readOnly: true };
  const script = 'sleep 600 & echo "$$$$ $!"; trap "" TERM; wait';
  const spec = {
    containers: [{ name: 'worker', command: ['sh', '-c', script], volumeMounts: [mounted] }],
    volumes: [{ name: 'bundle', configMap: { name: 'bundle' } }],
  };
  const objects = [
    { kind: 'ConfigMap', metadata: { name: 'bundle' }, data: { file: 'text' } },
    { kind: 'Job', metadata: { name: 'work' }, spec: { template: { spec } } },
  ];
  const parent = spawn(process.execPath, [
    '-e',
    `const { LocalCluster } = require(${JSON.stringify(join(__dirname, '..', '..', 'build', 'local', 'cluster'))});
    const cluster = new LocalCluster({ shortSleeps: false }).apply(${JSON.stringify(objects)});
    const onLine = (line) => {
      require('fs').writeSync(1, cluster.root + ' ' + line);
      process.kill(process.pid, 'SIGKILL');
    };
    cluster.start('work', { onLine });`,
  ]);
  let output = '';
  parent.stdout.on('data', (chunk) => {
    output += chunk;
  });
  await once(parent, 'close');
  const [root, ...pids] = output.split(' ') as [string, ...string[]];
  expect(pids).toEqual([expect.stringMatching(/^\d+$/), expect.stringMatching(/^\d+$/)]);
  await eventually(() => !existsSync(root) && !pids.some((pid) => runs(pid)));
});

function runs(pid: string): boolean {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', pid], { encoding: 'utf8' });
  // Killed, and not yet noticed by whoever has inherited it.
  return stdout.trim() !== '' && !stdout.startsWith('Z');
}

async function eventually(what: () => boolean): Promise<void> {
  for (let tries = 0; !what(); tries++) {
    if (tries === 1_000) throw new Error('It has not come to that.');
    await sleep(20);
  }
}
