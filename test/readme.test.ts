import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type KubernetesObject, LocalCluster, readManifests } from '../local/cluster';
import { synthesize } from './examples/synthesize';
import { Project } from './guides/project';
import { samplesOf } from './guides/samples';
import { useQueue } from './queue-under-test';

// The project of README, built, synthesized and run; and the objects that pages name, looked up in what is made.

const ROOT = join(__dirname, '..');

const queue = useQueue();
let project: Project;
afterEach(() => project?.remove());

let readme: KubernetesObject[] | undefined;

/** The objects that `npx cdk8s synth` makes of the chart of README. */
async function ofReadme(): Promise<KubernetesObject[]> {
  if (readme) return readme;
  project = new Project('README.md');
  expect(await project.shell('npx cdk8s synth --check-upgrade=false')).toMatchObject({ code: 0 });
  readme = readManifests(join(project.folder, 'dist'));
  return readme;
}

test('the chart synthesizes, and its fill and workers do all items', async () => {
  const cluster = new LocalCluster({ redisUrl: queue.server.url }).apply(await ofReadme());
  try {
    expect(await cluster.run('count-primes-fill')).toEqual([0]);
    const pods = cluster.start('count-primes');
    expect(await Promise.all(pods.map(({ ended }) => ended))).toEqual([0, 0, 0, 0]);
    const counts = pods.flatMap((pod) => pod.all(/\b(\d+) primes from/)).map(Number);
    expect(counts).toHaveLength(10);
    // The number of primes below a million.
    expect(counts.reduce((sum, count) => sum + count)).toBe(78_498);
  } finally {
    await cluster.stop();
  }
});

test('the table of README names every object that the chart makes, and no other', async () => {
  // Names that hold a hash are given with `HASH` in its place, and once for all parts.
  const objects = (await ofReadme()).map(({ kind, metadata }) =>
    `${kind} ${metadata.name}`.replace(/-[0-9a-f]{16}-\d+$/, '-HASH-1'),
  );
  const text = readFileSync(join(ROOT, 'README.md'), 'utf8');
  const table = /^## What is created$([\s\S]*?)^## /m.exec(text)?.[1] ?? '';
  const named = [...table.matchAll(/\b([A-Z]\w+) `([-\w]+)`/g)].map(([, kind, name]) => `${kind} ${name}`);
  expect(named.sort()).toEqual([...new Set(objects)].sort());
});

test('every object that a command of README names is one that the chart makes', async () => {
  const objects = (await ofReadme()).map(({ kind, metadata }) => `${kind} ${metadata.name}`);
  const commands = samplesOf('README.md').filter(({ language }) => language === 'console');
  const jobs = commands.flatMap(({ code }) => [...code.matchAll(/\bjob(?:-name=|\/)([-\w]+)/g)].map(([, job]) => job));
  expect(jobs.length).toBeGreaterThanOrEqual(2);
  for (const job of jobs) expect(objects).toContain(`Job ${job}`);
});

test('the JSON patch of docs/objects.md changes the pods of the workers', async () => {
  const manifests = await synthesized('docs/objects.md');
  const job = manifests.find(({ kind, metadata }) => kind === 'Job' && metadata.name === 'job-wq-2');
  expect(job?.spec?.template?.spec).toHaveProperty('resources', { limits: { memory: '1Gi' } });
});

/** The objects of a page whose chart is run by Node alone. */
async function synthesized(page: string): Promise<KubernetesObject[]> {
  project = new Project(page);
  expect(await project.node(['--require', 'tsx/cjs', 'main.ts'])).toEqual({ code: 0, output: '' });
  return readManifests(join(project.folder, 'dist'));
}

test.each(readdirSync(join(ROOT, 'examples')).filter((name) => name !== 'README.md' && name !== 'walkthrough'))(
  'every object that the README of examples/%s names is one that its chart makes',
  async (example) => {
    const day = new Date().toISOString().slice(0, 10);
    const page = readFileSync(join(ROOT, 'examples', example, 'README.md'), 'utf8');
    const text = page.replaceAll('$(date +%F)', day);
    const objects = (await synthesize(example, text === page ? {} : { DAY: day })).map(
      ({ kind, metadata }) => `${kind} ${metadata.name}`,
    );
    for (const [, job] of text.matchAll(/\bjob\/([-\w]+)/g)) expect(objects).toContain(`Job ${job}`);
    for (const [, service] of text.matchAll(/--kube ([-\w]+)/g)) expect(objects).toContain(`Service ${service}`);
    for (const [, set] of text.matchAll(/delete pod ([-\w]+)-0\b/g)) expect(objects).toContain(`StatefulSet ${set}`);
  },
);
