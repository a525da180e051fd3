import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Chart, Testing } from 'cdk8s';
import { k8s } from 'cdk8s-plus-27';
import { RedisStore, RedisWorkQueueJob } from '../../lib';

/** What a synthesizing process reports. */
export interface ChartReport {
  /** From the first construct to the files, in ms. */
  readonly milliseconds: number;
  readonly objects: number;
  /** Of all objects, in no order. */
  readonly digest: string;
}

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
}

function addQueues(chart: Chart, queues: number): void {
  const redis = RedisStore.pod(chart, 'redis', { podName: 'redis-master', serviceName: 'redis' });
  for (let queue = 0; queue < queues; queue++) {
    new RedisWorkQueueJob(chart, `queue-${queue}`, {
      jobName: `job-${queue}`,
      queueName: `queue-${queue}`,
      image: 'registry.example/worker:1',
      parallelism: 2,
      items: ['apple', 'banana', 'cherry'],
      redis,
    });
  }
}

const QUANTITIES = /^(cpu|memory|storage)$/;

/** The generated classes take quantities, and some ports, as objects of their own. */
function typed(value: unknown, ports: RegExp, key = ''): unknown {
  if (Array.isArray(value)) return value.map((entry) => typed(entry, ports));
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, typed(field, ports, name)]));
  }
  if (typeof value === 'string' && QUANTITIES.test(key)) return k8s.Quantity.fromString(value);
  if (ports.test(key)) {
    return typeof value === 'number' ? k8s.IntOrString.fromNumber(value) : k8s.IntOrString.fromString(String(value));
  }
  return value;
}

/** The objects as somebody writes them who knows all of them already: the generated classes, one call each. */
function addObjects(chart: Chart, manifests: readonly Manifest[]): void {
  const classes = k8s as unknown as Record<string, new (scope: Chart, id: string, props: object) => unknown>;
  for (const { kind, apiVersion: _, ...props } of manifests) {
    const Kind = classes[`Kube${kind}`];
    if (!Kind) throw new Error(`cdk8s-plus-27 has no class for ${kind}`);
    new Kind(chart, `${kind}-${props.metadata.name}`, props);
  }
}

function digest(manifests: readonly Manifest[]): string {
  const sorted = manifests.map((manifest) => JSON.stringify(sortedKeys(manifest))).sort();
  return createHash('sha256').update(sorted.join('\n')).digest('hex');
}

function sortedKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortedKeys);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, field]) => [key, sortedKeys(field)]),
  );
}

function main([how, queues, objects]: readonly string[]): void {
  const known = how === 'direct' ? (JSON.parse(readFileSync(objects as string, 'utf8')) as Manifest[]) : [];
  const ready = known.map((manifest) => {
    const { spec, ...rest } = manifest as Manifest & { spec?: object };
    const ports = manifest.kind === 'NetworkPolicy' ? /^port$/ : /^targetPort$/;
    return (spec ? { ...rest, spec: typed(spec, ports) } : rest) as Manifest;
  });
  const outdir = mkdtempSync(join(tmpdir(), 'bench-'));
  try {
    const before = performance.now();
    const app = new App({ outdir });
    const chart = new Chart(app, 'many');
    if (how === 'direct') addObjects(chart, ready);
    else addQueues(chart, Number(queues));
    app.synth();
    const milliseconds = performance.now() - before;
    const manifests = Testing.synth(chart) as Manifest[];
    if (how === 'dump') writeFileSync(objects as string, JSON.stringify(manifests));
    const report: ChartReport = { milliseconds, objects: manifests.length, digest: digest(manifests) };
    console.log(JSON.stringify(report));
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}

main(process.argv.slice(2));
