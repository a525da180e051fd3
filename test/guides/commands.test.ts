import { spawn } from 'node:child_process';
import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { synthesized } from '../examples/synthesize';
import { useQueue } from '../queue-under-test';
import { Project } from './project';
import { type Command, commandsOf, PAGES } from './samples';

// The commands of README and of every guide. Those that need nothing but this machine run, in the order of the page;
// the others are listed here, with the reason.

const ROOT = join(__dirname, '../..');

const NOT_RUN: Record<string, readonly string[]> = {
  'needs a cluster': [
    'kubectl apply -f dist/',
    'kubectl apply -f dist/ --prune -l app.kubernetes.io/part-of=fruit',
    'kubectl create job nightly-29390400 --from=cronjob/nightly',
    'kubectl create job nightly-by-hand --from=cronjob/nightly',
    'kubectl delete -f dist/',
    'kubectl delete job nightly-29390400',
    'kubectl describe job job-wq-2',
    'kubectl describe pod POD',
    'kubectl get jobs',
    'kubectl get pods --watch',
    'kubectl get pods -l job-name=job-wq-2',
    'kubectl logs POD --all-containers',
    'kubectl logs -l job-name=NAME --prefix',
    'kubectl logs -l job-name=count-primes --prefix',
    'kubectl logs job/index -c after-1',
    'kubectl logs job/job-wq-2-fill --all-containers',
    'kubectl wait --for=condition=complete job --all --timeout=5m',
    'kubectl wait --for=condition=complete job -l app.kubernetes.io/part-of=fruit,app.kubernetes.io/component=worker --timeout=1h',
    'kubectl wait --for=condition=complete job/count-primes --timeout=5m',
    'npx rwq dead list --group --kube SERVICE --queue job2',
    'npx rwq dead list --kube nightly-redis --queue thumbnails-nightly-29390400',
    'npx rwq dead retry --all --kube nightly-redis --queue thumbnails-nightly-29390400',
    'npx rwq purge --kube nightly-redis --queue thumbnails-nightly-29390400',
    'npx rwq results --kube nightly-redis --queue thumbnails-nightly-29390400',
    'npx rwq status --kube nightly-redis --queue thumbnails-nightly-29390400',
    'npx rwq status --watch --kube SERVICE --queue fruit',
    'npx rwq status --watch --kube SERVICE --queue job2',
    'rwq metrics --listen --kube jobs/redis',
    'rwq wait --queue crates --kube jobs/redis --timeout 2h',
    'rwq scale --finish-in 3m --max 50 --queue fruit --kube jobs/redis',
    'rwq scale 20 --queue fruit --namespace jobs',
    'while rwq scale --finish-in $((end - $(date +%s)))s --max 100 --queue fruit --kube jobs/redis; do sleep 300; done',
  ],
  'waits for a program; test/agent/command.test.ts runs it': [
    'rwq agent --queue fruit --url redis://localhost:6379',
    'WORK_QUEUE_AGENT=http://127.0.0.1:7440 ./worker.sh',
  ],
  'needs a Redis at the usual port': ['rwq fill fruits.txt --seal --queue fruit --url redis://localhost:6379'],
  'serves until it is stopped; test/metrics/command.test.ts asks it': [
    'rwq metrics --listen :9464 --queue fruit --queue vegetables',
  ],
  'writes files for Helm, which is not here; test/props/helm.test.ts reads what Helm would': [
    'npx cdk8s synth --format helm --chart-version 1.0.0',
  ],
  'needs Python with a Redis client, which need not be here; the tests in clients/python run it': [
    'REDIS_URL=redis://localhost WORK_QUEUE_NAME=fruit python3 worker.py',
    'python3 clients/python/rediswq/single_file.py -o rediswq.py',
  ],
  'makes or removes a cluster': ['kind create cluster', 'kind delete cluster', 'minikube delete', 'minikube start'],
  'needs a container engine': [
    'docker build -t fruit-worker:1 .',
    'kind load docker-image fruit-worker:1',
    'minikube image load fruit-worker:1',
  ],
  'downloads packages; .ci/run installs the packed package in the same way': [
    'npm ci',
    'pip install ./clients/python',
    'npm install',
    'npm install --save-dev cdk8s-cli tsx esbuild',
    'npm install cdk8s-redis-work-queue',
    'npm install cdk8s-redis-work-queue cdk8s cdk8s-plus-27 constructs zod',
  ],
  'serves a page until it is stopped; the tests in test/ui run it': [
    'npx rwq ui --kube jobs/redis --open',
    'rwq ui --host 0.0.0.0',
  ],
  'needs a clone of its own; .ci/run runs it': ['npm run demo'],
  'asks for confirmation in a terminal; test/cli/queue.test.ts cancels with --yes': ['rwq cancel --queue crates'],
  'takes minutes; the tests in test/chaos do short runs': [
    'npm run chaos -- --items 1000000 --faults 1000 --seed 1 --every 500 --record',
    'npm run chaos -- --items 20000 --faults 30 --seed 7',
  ],
  'takes minutes; test/bench.test.ts does short runs': [
    'npm run bench -- --only exchange',
    'npm run bench -- --only fleet',
    'npm run bench -- --only footprint',
  ],
  'says what differs from run to run; test/cli/dead-run.test.ts runs dead letters': [
    'rwq dead run 3 packer.js --queue crates',
  ],
  'is a part of the one that needs a cluster, and of GNU date': ['end=$(date -d 18:00 +%s)'],
  'is for a shell that may not be installed; test/cli tries the scripts where it is': [
    'source <(rwq completion zsh)',
    'rwq completion fish > ~/.config/fish/completions/rwq.fish',
  ],
};

const notRun = new Set(Object.values(NOT_RUN).flat());
const commands = PAGES.flatMap((page) => commandsOf(page).map((each) => ({ page, ...each })));
const runs = (page: string) => commandsOf(page).filter(({ command }) => !notRun.has(command));

const queue = useQueue();
let project: Project;
const workers: ReturnType<typeof spawn>[] = [];
afterEach(() => {
  for (const worker of workers.splice(0)) worker.kill('SIGKILL');
  project?.remove();
});

/** Packs crates as the command line's guide has it: crate 7 fails in every attempt. */
const PACKER = `
  const { defineQueue, runWorker } = require('cdk8s-redis-work-queue/worker');
  runWorker(defineQueue({ name: 'crates' }), async (crate) => {
    if (crate === 'crate 7') throw new Error('no crate 7 today, it is\\nout of stock');
  }, { backoff: { base: 10 } });
`;

/** The same, as the guide to failures has it. */
const SHORT_OF_CRATES = `
  const { defineQueue, runWorker } = require('cdk8s-redis-work-queue/worker');
  runWorker(defineQueue({ name: 'crates' }), async (crate) => {
    if (crate === 'crate of nothing') throw new TypeError('no weight');
    if (/[79]/.test(crate)) throw new Error('no crate today, it is out of stock');
  }, { backoff: { base: 10 } });
`;

/** Keeps results as the command line's guide has it. */
const SCALER = `
  const { defineQueue, runWorker } = require('cdk8s-redis-work-queue/worker');
  const scale = async (file) => (file === 'b.png' ? { width: 200 } : undefined);
  runWorker(defineQueue({ name: 'thumbnails' }), scale, { results: true });
`;

/** The manifests of the walkthrough. */
async function walkthrough(): Promise<void> {
  cpSync(await synthesized('..'), join(project.folder, 'dist'), { recursive: true });
}

/** What a page takes for granted when it comes to a command. */
const BEFORE: Record<string, () => Promise<void>> = {
  'docs/command-line.md rwq fill crates.txt --queue crates --batch-id monday --seal': async () =>
    project.write('crates.txt', 'crate 1\ncrate 2\ncrate 7\ncrate 9\n'),
  'docs/command-line.md rwq status --watch --interval 1 --queue crates --exit-code | cat': async () => {
    project.write('packer.js', PACKER);
    const env = { ...process.env, REDIS_URL: queue.server.url, WORK_QUEUE_WORKER: 'packer-0' };
    workers.push(spawn(process.execPath, ['packer.js'], { cwd: project.folder, env, stdio: 'ignore' }));
  },
  'docs/failures.md rwq dead list --group --queue crates': async () => {
    project.write('packer.js', SHORT_OF_CRATES);
    queue.name = 'crates';
    await queue.fill('crate 1', 'crate 2', 'crate 7', 'crate of nothing', 'crate 9');
    const env = { REDIS_URL: queue.server.url, WORK_QUEUE_WORKER: 'packer-0' };
    expect(await project.node(['packer.js'], env)).toMatchObject({ code: 80 });
  },
  'docs/command-line.md rwq results --queue thumbnails': async () => {
    project.write('scaler.js', SCALER);
    queue.name = 'thumbnails';
    await queue.fill('a.png', 'b.png');
    expect(await project.node(['scaler.js'], { REDIS_URL: queue.server.url })).toMatchObject({ code: 0 });
  },
  'docs/command-line.md rwq run worker.ts --workers 4 --items fruits.txt': async () => {
    cpSync(join(ROOT, 'examples/walkthrough/worker.ts'), join(project.folder, 'worker.ts'));
    project.write('fruits.txt', 'apple\nbanana\ncherry\ndate\nfig\ngrape\nlemon\nmelon\norange\n');
  },
  'docs/command-line.md rwq explain dist/*.yaml': walkthrough,
  'docs/troubleshooting.md npx rwq explain dist/*.yaml': walkthrough,
};

/** Commands whose output is the page's, but for times and folders. That of the others differs from run to run. */
const AS_THE_PAGE_SAYS = /^rwq (?:fill|queues|items|dead|results|explain|run .*--dry-run)\b/;

const timeless = (text: string) =>
  text
    .replaceAll(project.folder, '/app')
    .replace(/\d{4}-\d{2}-\d{2}[T ][\d:.]+Z?/g, 'TIME')
    .replace(/\([\d.]+ s\)/g, '(TIME)')
    .replace(/(?<=took +)\d+ ms|(?<=packer-0, )\d+ ms|(?<="duration":)\d+/g, 'TIME')
    .trimEnd();

test('every command is one that runs here, or has a reason not to', () => {
  expect(commands.length).toBeGreaterThan(50);
  const used = new Set(commands.map(({ command }) => command));
  expect([...notRun].filter((command) => !used.has(command))).toEqual([]);
  const setUp = Object.keys(BEFORE).filter(
    (key) => !commands.some(({ page, command }) => key === `${page} ${command}`),
  );
  expect(setUp).toEqual([]);
});

test.each(PAGES.filter((page) => runs(page).length > 0))('the commands of %s run', async (page) => {
  await queue.redis.flushall();
  project = new Project(page);
  let folder = project.folder;
  const outcomes: Record<string, unknown> = {};
  const expected: Record<string, unknown> = {};
  for (const { command, output } of runs(page) as Command[]) {
    await BEFORE[`${page} ${command}`]?.();
    const here = command.replace('redis://localhost:6379', queue.server.url);
    const outcome = await project.shell(
      `${here}; code=$?; pwd > "$HOME/folder"; exit $code`,
      { REDIS_URL: queue.server.url },
      folder,
    );
    folder = readFileSync(join(project.folder, 'folder'), 'utf8').trim();
    const said = AS_THE_PAGE_SAYS.test(command);
    outcomes[command] = { code: outcome.code, output: timeless(outcome.output) };
    expected[command] = { code: 0, output: said ? timeless(output) : expect.any(String) };
  }
  expect(outcomes).toEqual(expected);
});
